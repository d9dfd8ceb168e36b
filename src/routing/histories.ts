import type { GroupHistory } from '../hub/history.ts';
import type { Codec } from '../protocol/codec.ts';
import type { Position } from '../protocol/position.ts';
import type { RoutedMessage } from './routed-message.ts';

/**
 * Port to the groups of one hub that keep their messages. A message to such a group is added to its history first, and
 * is committed in the order of the history, on all nodes. Implemented in `backplane/history/`.
 */
export interface Histories {
  /** Whether adding a message waits for a backplane. */
  readonly areShared: boolean;
  /** Whether a group keeps its messages. */
  has(group: string): boolean;
  /** The messages that it keeps; undefined: none. */
  of(group: string): GroupHistory | undefined;
  /** The protocols that a message has to be encoded for before it can be added. */
  readonly codecs: readonly Codec[];
  /**
   * Adds a message to the history of a group, and delivers it to its members. Nothing is awaited when this node has the
   * history by itself. Messages are added in the order of the calls.
   *
   * @param routed A message to groups.
   * @returns a promise that rejects with a `RefusedError` when the backplane cannot be reached, or has not answered.
   */
  append(group: string, routed: RoutedMessage): Added | Promise<Added>;
}

/** A message that has been added, and stands in the lanes of this node's members. */
export interface Added {
  readonly position: Position;
  /** Whether an earlier message with its id stands there instead. */
  readonly isDuplicate: boolean;
  /** As of `CommitObserver.committed`. */
  readonly slices: number;
}
