/** Channel that all nodes hear: beacons, and questions to all nodes. */
export const CONTROL = 'ctl';

/** Messages to a whole hub. @param hub Its path. */
export function allChannel(hub: string): string {
  return `d:${escaped(hub)}:all`;
}

export function groupChannel(hub: string, group: string): string {
  return `d:${escaped(hub)}:g:${exact(group)}`;
}

/** The log of a group that keeps its messages. */
export function logName(hub: string, group: string): string {
  return `${escaped(hub)}:${exact(group)}`;
}

export function userChannel(hub: string, userId: string): string {
  return `d:${escaped(hub)}:u:${exact(userId)}`;
}

/** Messages to one start of one node. Both ids, since a person who looks at Redis knows only the first. */
export function inboxChannel({ nodeId, bootId }: { readonly nodeId: string; readonly bootId: string }): string {
  return `n:${exact(nodeId)}:${bootId}`;
}

/** The name of a hub without colons, so that no hub and group have the channel of another hub and group. */
export function escaped(hub: string): string {
  return exact(hub).replace(/[%:]/g, (character) => (character === '%' ? '%25' : '%3A'));
}

/**
 * A name that stays another one than every other name in UTF-8, which has no lone surrogates. A quotation mark at the
 * beginning marks the escaped form, so a name that begins with one is escaped, too.
 */
function exact(name: string): string {
  return name.isWellFormed() && !name.startsWith('"') ? name : JSON.stringify(name);
}
