import { textOf } from '../../errors.ts';
import type { OpenStorageOptions } from '../storage.ts';

/** It could not be found out whether a node is alive. Passes by itself, so that a server may start with it. */
export class UnknownNodesError extends Error {
  override name = 'UnknownNodesError';
}

/** The same options. `isAlive` rejects with an `UnknownNodesError` when the other one fails. */
export function marked(options: OpenStorageOptions): OpenStorageOptions {
  return {
    nodeId: options.nodeId,
    async isAlive(nodeId) {
      try {
        return await options.isAlive(nodeId);
      } catch (thrown) {
        throw new UnknownNodesError(`It is not known whether the node ${nodeId} is alive: ${textOf(thrown)}`);
      }
    },
  };
}
