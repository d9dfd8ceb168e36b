import { promised } from '../promises.ts';
import type { SenderScope } from './sender-scope.ts';
import { namesFault } from './target.ts';

/**
 * The groups of one hub. A group exists while it has members; names are case-sensitive. A connection leaves all its
 * groups when its end begins, before `onDisconnected`. A client that connects again is a new connection, in no group.
 */
export interface Groups {
  /**
   * Adding twice, or adding a connection that ends or does not exist, changes nothing. Rejects with a `HubError` when
   * the connection is already in `maximumGroupsPerConnection` groups, when the name is longer than
   * `maximumGroupNameBytes`, or the names of all its groups would be longer than 262,144 bytes together.
   */
  add(connectionId: string, group: string): Promise<void>;
  /** Removing a connection that is no member changes nothing. */
  remove(connectionId: string, group: string): Promise<void>;
  /** Resolves with the connection ids of the members. */
  members(group: string): Promise<readonly string[]>;
  count(group: string): Promise<number>;
}

/** The groups for the holder of a scope. */
export function groupsOver(scope: SenderScope): Groups {
  const { routing } = scope;
  const check = (group: string, connectionId?: string): void => {
    scope.assertOpen();
    const fault =
      namesFault('A group name', [group]) ??
      (connectionId === undefined ? undefined : namesFault('A connection id', [connectionId]));
    if (fault !== undefined) throw new TypeError(fault);
  };
  return {
    add: (connectionId, group) =>
      promised(() => {
        check(group, connectionId);
        return routing.join(connectionId, group);
      }),
    remove: (connectionId, group) =>
      promised(() => {
        check(group, connectionId);
        return routing.leave(connectionId, group);
      }),
    members: (group) =>
      promised(() => {
        check(group);
        return routing.members(group);
      }),
    count: (group) =>
      promised(() => {
        check(group);
        return routing.count(group);
      }),
  };
}
