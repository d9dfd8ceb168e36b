import type { OpenStorageOptions } from './storage.ts';

/**
 * Selects the nodes whose open sessions are lost when a node opens a storage: those that are not alive, and the node
 * itself. It has only started: what is open under its id is of an earlier process with the same id.
 *
 * @param nodeIds Ids of the nodes that have open sessions.
 * @returns also null, which stands for all unknown nodes.
 */
export async function lostNodes(
  nodeIds: readonly string[],
  options: OpenStorageOptions,
): Promise<readonly (string | null)[]> {
  const alive = await Promise.all(nodeIds.map((id) => id !== options.nodeId && options.isAlive(id)));
  return [...nodeIds.filter((_id, at) => alive[at] !== true), null];
}
