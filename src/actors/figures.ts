import type { ActorLogic, EventObject, Snapshot } from 'xstate';

type FiguresSnapshot = Snapshot<undefined> & { toJSON(): unknown };

/**
 * Logic of an actor that has no state of its own, and shows figures to the inspector as they are at that moment. An event
 * changes nothing: it makes the inspector look again.
 */
export function figuresLogic<E extends EventObject>(figures: () => object): ActorLogic<FiguresSnapshot, E> {
  return {
    getInitialSnapshot: () => ({
      status: 'active',
      output: undefined,
      error: undefined,
      toJSON: () => ({ status: 'active', ...figures() }),
    }),
    transition: (snapshot) => snapshot,
    getPersistedSnapshot: (snapshot) => snapshot,
  };
}
