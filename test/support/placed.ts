// Messages with a position, delivered as the history of their group will deliver them.
import { toGroups } from '../../src/hub/target.ts';
import type { MountedRuntime } from '../../src/mount-hub.ts';
import { EncodedMessage } from '../../src/protocol/encoded-message.ts';
import type { GroupPosition } from '../../src/protocol/position.ts';
import { Delivery } from '../../src/routing/delivery.ts';

type Host = Pick<MountedRuntime, 'connections' | 'memberships'>;

/** Delivers a message to the members of a group, which all are on this node. @returns the message. */
export function deliverTo(
  { connections, memberships }: Host,
  group: string,
  target: string,
  args: readonly unknown[],
  at?: GroupPosition,
): EncodedMessage {
  const message = EncodedMessage.broadcast({ type: 1, target, arguments: args }, connections.codecs, {});
  if (at !== undefined) message.place(at);
  new Delivery(connections, memberships, () => {}).deliver(toGroups([group]), message);
  return message;
}

/** The same for one with a position. */
export function deliverPlaced(host: Host, at: GroupPosition, target: string, ...args: readonly unknown[]) {
  return deliverTo(host, at.group, target, args, at);
}
