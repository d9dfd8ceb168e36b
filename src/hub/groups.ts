import { unawaited } from '../promises.ts';
import type { SenderScope } from './sender-scope.ts';
import { namesFault } from './target.ts';

/**
 * The groups of one hub. A group exists while it has members; names are case-sensitive. A connection leaves all its
 * groups when its end begins, before `onDisconnected`, and a client that comes back is a new connection.
 */
export interface Groups {
  /**
   * Adding twice, or a connection that is gone or ends, changes nothing.
   * Rejects with a `HubError` when the connection is already in `maximumGroupsPerConnection` groups, when the name is longer than
   * `maximumGroupNameBytes`, or the names of all its groups would be longer than 262,144 bytes together.
   */
  add(connectionId: string, group: string): Promise<void>;
  /** Removing what is no member changes nothing. */
  remove(connectionId: string, group: string): Promise<void>;
  /** The connection ids of the members. */
  members(group: string): Promise<readonly string[]>;
  count(group: string): Promise<number>;
}

/** The groups for the holder of a scope. */
export function groupsOver(scope: SenderScope): Groups {
  const { routing } = scope;
  const checked = (group: string, connectionId?: string): void => {
    scope.assertOpen();
    const fault =
      namesFault('A group name', [group]) ??
      (connectionId === undefined ? undefined : namesFault('A connection id', [connectionId]));
    if (fault !== undefined) throw new TypeError(fault);
  };
  /** What fails rejects, and may stay unawaited: a method must not bring the process down because nobody looked. */
  const later = <T>(work: () => T): Promise<T> => unawaited(new Promise((resolve) => resolve(work())));
  return {
    add: (connectionId, group) =>
      later(() => {
        checked(group, connectionId);
        routing.join(connectionId, group);
      }),
    remove: (connectionId, group) =>
      later(() => {
        checked(group, connectionId);
        routing.leave(connectionId, group);
      }),
    members: (group) =>
      later(() => {
        checked(group);
        return routing.members(group);
      }),
    count: (group) =>
      later(() => {
        checked(group);
        return routing.count(group);
      }),
  };
}
