import { hubMachine } from '../../machines/hub.ts';
import { closeReason } from '../protocol/close.ts';
import type { Connection } from './connection.ts';

/** What the machine calls a name is a Connection here: the supervisor gives no other. */
function connectionOf({ context }: { readonly context: { readonly connection: unknown } }): Connection {
  return context.connection as Connection;
}

/** The hub machine with hands: what its actions do to the connection. Provided once for all hub actors of a process. */
export const hubLogic = hubMachine.provide({
  actions: {
    answerHandshake: (at) => connectionOf(at).answerHandshake(),
    cancelHandshake: (at) => connectionOf(at).cancelHandshake(),
    connectHub: (at) => connectionOf(at).connectHub(),
    startReading: (at) => connectionOf(at).startReading(),
    finishCalls: (at) => connectionOf(at).finishCalls(),
    ping: (at) => connectionOf(at).ping(),
    finalise: (at) => {
      connectionOf(at).finalise(at.context.reason ?? closeReason('aborted'));
    },
  },
});
