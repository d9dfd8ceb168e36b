import { SLOW_CONSUMER_POLICIES, type SlowConsumerPolicy } from '../../protocol/encoded-message.ts';
import type { Sent } from '../link/sent-channels.ts';
import type { AnnouncedLog } from '../link/sent-logs.ts';
import { countOf, nameOf, textOf, textsOf, writeName } from './fields.ts';

/**
 * Kinds of items, each the first field of an item. A node leaves out the kinds and the further fields that it does not
 * know, so nodes of two versions can run together.
 */
export const ItemKind = {
  /** A message to the receivers of its channel. */
  Message: 1,
  /** A message to listed connections, in an inbox. */
  ToConnections: 2,
  /** An invocation of the client of one connection, in an inbox. */
  Invocation: 3,
  Beacon: 4,
  Request: 5,
  Answer: 6,
  /** The node ends. */
  Bye: 7,
} as const;

/** What a message is, beside its receivers. */
export interface MessageItem {
  /** See `payloads.ts`. */
  readonly payloads: unknown;
  /** The id of the sending connection. */
  readonly sender: string | undefined;
  readonly conflate: string | undefined;
  readonly policy: SlowConsumerPolicy | undefined;
}

export function writeMessage(payloads: readonly unknown[], message: MessageOptions, except: readonly string[]) {
  return [ItemKind.Message, payloads, ...optionsOf(message), except.length > 0 ? except.map(wellFormed) : null];
}

export function readMessage([, payloads, ...rest]: readonly unknown[]):
  | (MessageItem & { readonly except: readonly string[] })
  | undefined {
  const options = readOptions(rest);
  const except = rest[3] === null || rest[3] === undefined ? [] : textsOf(rest[3]);
  return options === undefined || except === undefined ? undefined : { payloads, ...options, except };
}

export function writeToConnections(
  hub: string,
  ids: readonly string[],
  payloads: readonly unknown[],
  message: MessageOptions,
) {
  return [ItemKind.ToConnections, payloads, ...optionsOf(message), hub, ids];
}

export function readToConnections([, payloads, ...rest]: readonly unknown[]):
  | (MessageItem & { readonly hub: string; readonly ids: readonly string[] })
  | undefined {
  const options = readOptions(rest);
  const hub = textOf(rest[3]);
  const ids = textsOf(rest[4]);
  if (options === undefined || hub === undefined || ids === undefined) return undefined;
  return { payloads, ...options, hub, ids };
}

export interface InvocationItem {
  readonly hub: string;
  readonly connectionId: string;
  readonly invocationId: string;
  readonly payloads: unknown;
}

export function writeInvocation(item: InvocationItem) {
  return [ItemKind.Invocation, item.hub, item.connectionId, item.invocationId, item.payloads];
}

export function readInvocation([, first, second, third, payloads]: readonly unknown[]): InvocationItem | undefined {
  const hub = textOf(first);
  const connectionId = textOf(second);
  const invocationId = textOf(third, LONGEST_ID);
  if (hub === undefined || connectionId === undefined || invocationId === undefined) return undefined;
  return { hub, connectionId, invocationId, payloads };
}

/** Sign of life of a node, with what it has sent. */
export interface Beacon {
  readonly nodeId: string;
  readonly sent: Sent;
  readonly logs: readonly AnnouncedLog[];
}

export function writeBeacon({ nodeId, sent, logs }: Beacon) {
  const all = logs.flatMap(({ log, epoch, last, removals }) => [log, epoch, last, removals]);
  return [ItemKind.Beacon, writeName(nodeId), ...writeSent(sent), all];
}

export function readBeacon([, name, ...rest]: readonly unknown[]): Beacon | undefined {
  const nodeId = nameOf(name);
  const sent = readSent(rest);
  const logs = readLogs(rest[3]);
  return nodeId === undefined || sent === undefined || logs === undefined ? undefined : { nodeId, sent, logs };
}

/** An older version names no logs. */
function readLogs(list: unknown): readonly AnnouncedLog[] | undefined {
  if (list === undefined) return [];
  if (!Array.isArray(list)) return undefined;
  const logs: AnnouncedLog[] = [];
  for (let at = 0; at + 3 < list.length; at += 4) {
    const [log, epoch] = [textOf(list[at]), textOf(list[at + 1])];
    const [last, removals] = [countOf(list[at + 2]), countOf(list[at + 3])];
    if (log === undefined || epoch === undefined || last === undefined || removals === undefined) return undefined;
    logs.push({ log, epoch, last, removals });
  }
  return logs;
}

export function writeSent({ latest, unknownUpTo, channels }: Sent): readonly unknown[] {
  return [latest ?? null, unknownUpTo, channels.flat()];
}

export function readSent([first, second, list]: readonly unknown[]): Sent | undefined {
  const latest = countOf(first);
  const unknownUpTo = countOf(second);
  if (latest === undefined && first !== null) return undefined;
  if (unknownUpTo === undefined || !Array.isArray(list)) return undefined;
  const channels: [string, number][] = [];
  for (let at = 0; at + 1 < list.length; at += 2) {
    const channel = textOf(list[at]);
    const number = countOf(list[at + 1]);
    if (channel === undefined || number === undefined) return undefined;
    channels.push([channel, number]);
  }
  return { latest, unknownUpTo, channels };
}

export type MessageOptions = Omit<MessageItem, 'payloads'>;

const LONGEST_ID = 200;

function optionsOf({ sender, conflate, policy }: MessageOptions): readonly unknown[] {
  return [sender ?? null, conflate === undefined ? null : wellFormed(conflate), policy ?? null];
}

function readOptions([sender, conflate, policy]: readonly unknown[]): MessageOptions | undefined {
  const isPolicy = policy === null || SLOW_CONSUMER_POLICIES.includes(policy as SlowConsumerPolicy);
  if (!(isPolicy && isTextOrNull(sender) && isTextOrNull(conflate))) return undefined;
  return {
    sender: sender ?? undefined,
    conflate: conflate ?? undefined,
    policy: (policy as SlowConsumerPolicy | null) ?? undefined,
  };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

/** MessagePack has no lone surrogates. Ids of connections have none, either. */
function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}
