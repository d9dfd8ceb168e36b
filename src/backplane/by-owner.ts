import type { OtherNode } from './link/directory.ts';
import type { NodeLink } from './node-link.ts';

/** The nodes that have these connections, each with its own. @param unknown Called for those that no node has. */
export function byOwner(
  link: NodeLink,
  ids: readonly string[],
  unknown: (id: string) => void = () => {},
): ReadonlyMap<OtherNode, readonly string[]> {
  const owned = new Map<OtherNode, string[]>();
  for (const id of ids) {
    const owner = link.ownerOf(id);
    if (owner === undefined) unknown(id);
    else {
      const theirs = owned.get(owner);
      if (theirs === undefined) owned.set(owner, [id]);
      else theirs.push(id);
    }
  }
  return owned;
}
