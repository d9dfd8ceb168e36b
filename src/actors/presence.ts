import type { ActorLogic, Snapshot } from 'xstate';
import type { NodePresence } from '../backplane/presence/node-presence.ts';

type PresenceSnapshot = Snapshot<undefined> & { toJSON(): unknown };

/** Logic of the actor that shows the presence of a hub to the inspector. It gets no events. */
export function presenceLogic(presence: NodePresence): ActorLogic<PresenceSnapshot, { readonly type: 'xstate.stop' }> {
  return {
    getInitialSnapshot: () => ({
      status: 'active',
      output: undefined,
      error: undefined,
      toJSON: () => ({ status: 'active', ...presence.figures }),
    }),
    transition: (snapshot) => snapshot,
    getPersistedSnapshot: (snapshot) => snapshot,
  };
}
