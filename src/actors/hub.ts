import { getInitialSnapshot } from 'xstate';
import { hubMachine } from '../../machines/hub.ts';
import type { Connection } from '../connection/connection.ts';
import type { Session } from '../connection/session.ts';
import { closeReason } from '../protocol/close.ts';
import { KnownSteps } from './known-steps.ts';

interface At {
  readonly context: { readonly connection: unknown };
}

/** The machine knows a connection by its id only; the supervisor always gives it a whole `Connection`. */
function connectionOf({ context }: At): Connection {
  return context.connection as Connection;
}

/** Makes an action that needs the session: the machine runs it in states after the handshake only. */
function inSession(run: (session: Session) => void): (at: At) => void {
  return (at) => {
    const { session } = connectionOf(at);
    if (session !== undefined) run(session);
  };
}

/** The hub machine with implementations of its actions, for all hub actors of a process. */
const implementedMachine = hubMachine.provide({
  actions: {
    acceptHandshake: (at) => connectionOf(at).acceptHandshake(),
    cancelHandshake: (at) => connectionOf(at).cancelHandshake(),
    connectHub: inSession((session) => session.connectHub()),
    startReading: inSession((session) => session.startReading()),
    finishCalls: inSession((session) => session.finishCalls()),
    ping: inSession((session) => session.ping()),
    awaitReturn: inSession((session) => session.detach()),
    close: (at) => {
      connectionOf(at).close(at.context.reason ?? closeReason('aborted'));
    },
  },
});

/** First snapshot of every hub actor: it is the same for all, and entering its states runs no action. */
const BEGINNING = getInitialSnapshot(implementedMachine, { connection: { connectionId: '', toJSON: () => ({}) } });

const STEPS = new KnownSteps(implementedMachine, BEGINNING);

/**
 * Logic of a hub actor: the machine, with snapshots that are copied instead of computed, where they are the same for
 * all connections. Computing them is most of the cost of an actor.
 */
export const hubLogic: typeof implementedMachine = Object.create(implementedMachine, {
  getInitialSnapshot: {
    value: (_scope: unknown, { connection }: { readonly connection: Connection }) => ({
      ...BEGINNING,
      context: { connection, reason: null },
    }),
  },
  transition: {
    value: (...step: Parameters<typeof implementedMachine.transition>) => STEPS.take(...step),
  },
});
