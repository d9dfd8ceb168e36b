import { z } from 'zod';
import { type Authorize, type HubOptions, method, setupHub } from '../../src/index.ts';

/** A hub without methods, for tests of everything around it. */
export function emptyHub(parts: { readonly authorize?: Authorize; readonly options?: HubOptions } = {}) {
  return setupHub({}).createHub({
    ...parts,
    methods: {
      Echo: method([z.unknown()], (_hub, value) => value),
      WhoAmI: method([], ({ connectionId, user }) => ({ connectionId, user })),
    },
  });
}
