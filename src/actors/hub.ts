import { getInitialSnapshot } from 'xstate';
import { hubMachine } from '../../machines/hub.ts';
import type { Connection } from '../connection/connection.ts';
import { closeReason } from '../protocol/close.ts';
import { KnownSteps } from './known-steps.ts';

/** What the machine calls a name is a Connection here: the supervisor gives no other. */
function connectionOf({ context }: { readonly context: { readonly connection: unknown } }): Connection {
  return context.connection as Connection;
}

/** The hub machine with hands: what its actions do to the connection. Provided once for all hub actors of a process. */
const implementedMachine = hubMachine.provide({
  actions: {
    answerHandshake: (at) => connectionOf(at).answerHandshake(),
    cancelHandshake: (at) => connectionOf(at).cancelHandshake(),
    connectHub: (at) => connectionOf(at).connectHub(),
    startReading: (at) => connectionOf(at).startReading(),
    finishCalls: (at) => connectionOf(at).finishCalls(),
    ping: (at) => connectionOf(at).ping(),
    awaitReturn: (at) => connectionOf(at).awaitReturn(),
    resume: (at) => connectionOf(at).resume(),
    finalise: (at) => {
      connectionOf(at).finalise(at.context.reason ?? closeReason('aborted'));
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
