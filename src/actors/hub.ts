import { getInitialSnapshot } from 'xstate';
import { hubMachine } from '../../machines/hub.ts';
import type { Connection } from '../connection/connection.ts';
import type { Session } from '../connection/session.ts';
import { closeReason } from '../protocol/close.ts';
import { KnownSteps } from './known-steps.ts';

interface At {
  readonly context: { readonly connection: unknown };
}

/** The connection behind the name that the machine knows: the supervisor gives no other. */
function connectionOf({ context }: At): Connection {
  return context.connection as Connection;
}

/** Does something to the session: the machine asks for it in states behind the handshake only. */
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
    finishCalls: inSession((session) => session.input.calls.finish()),
    ping: inSession((session) => session.ping()),
    awaitReturn: inSession((session) => session.detach()),
    close: (at) => {
      connectionOf(at).close(at.context.reason ?? closeReason('aborted'));
    },
  },
});

/** How every hub actor begins: the states are the same for all of them, and entering them does nothing. */
const BEGINNING = getInitialSnapshot(implementedMachine, { connection: { connectionId: '', toJSON: () => ({}) } });

const STEPS = new KnownSteps(implementedMachine, BEGINNING);

/**
 * The logic of a hub actor: the machine, except that the first snapshot, and those after steps that are the same for all, are
 * copies instead of being computed anew for each connection, which is most of what an actor costs.
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
