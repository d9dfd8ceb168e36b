import type { Appended, LogEntry, LogEvents, LogPage, LogTop } from '../log-store.ts';
import { listOf, strangeReply } from './redis-replies.ts';

/** Reads the answer to `APPEND_ENTRY`. @throws {BackplaneError} for another one. */
export function readAppended(reply: unknown, place: string): Appended {
  const isRepeated = Array.isArray(reply) && reply.length === 3;
  const [epoch, offset, at, base, removals] = listOf(reply, isRepeated ? 3 : 5, place);
  const position = { epoch: textOf(epoch, place), offset: numberOf(offset, place) };
  const appended = { position, at: numberOf(at, place), top: undefined };
  return isRepeated ? appended : { ...appended, top: readTop([epoch, base, offset, removals], place) };
}

/** Reads the answer to `REMOVE_ENTRY`. @throws {BackplaneError} for another one. */
export function readRemoved(reply: unknown, place: string): LogTop | undefined {
  return Array.isArray(reply) && reply.length === 0 ? undefined : readTop(reply, place);
}

/** Epoch, base, latest number and removals. */
function readTop(reply: unknown, place: string): LogTop {
  const [epoch, base, last, removals] = listOf(reply, 4, place);
  return {
    epoch: textOf(epoch, place),
    base: numberOf(base, place),
    last: numberOf(last, place),
    removals: numberOf(removals, place),
  };
}

/**
 * Reads the answer to `READ_ENTRIES`.
 *
 * @param how The limit of the query, which end of the entries it keeps, and the milliseconds for which they are kept.
 * @throws {BackplaneError} for another one.
 */
export function readPage(
  reply: unknown,
  how: { readonly limit: number; readonly isForward: boolean; readonly ttlMs: number },
  place: string,
): LogPage {
  const [epoch, base, last, removals, now, after, entries, removed] = listOf(reply, 8, place);
  if (!Array.isArray(entries) || !Array.isArray(removed)) throw strangeReply(place);
  const at = numberOf(now, place);
  const oldest = at - how.ttlMs;
  const kept = [
    ...entries.map((entry) => entryOf(entry, place)),
    ...removed.map((entry) => removedOf(textOf(entry, place), place)),
  ].filter((entry) => entry.at > oldest);
  kept.sort((one, other) => one.offset - other.offset);
  const behind = textOf(after, place);
  return {
    ...readTop([epoch, base, last, removals], place),
    at,
    after: behind === '' ? undefined : Number(behind),
    entries: how.isForward ? kept.slice(0, how.limit) : kept.slice(-how.limit),
  };
}

/**
 * Tells what a message on the channel of a log says: epoch, base, latest number, removals, number and moment of the
 * entry, length of the message's id, and a line break; the id; and the bytes of the entry, which a removed one has not.
 * Anything else, which only somebody else can have published, is left out.
 */
export function tellEntry(events: LogEvents, log: string, bytes: Buffer): void {
  const end = bytes.indexOf('\n');
  const head = /^(\S+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$/.exec(bytes.toString('latin1', 0, end));
  if (end < 0 || head === null) return;
  const [base, last, removals, offset, at, idLength] = head.slice(2).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const top: LogTop = { epoch: head[1] as string, base, last, removals };
  const id = bytes.toString('utf8', end + 1, end + 1 + idLength);
  const content = bytes.subarray(end + 1 + idLength);
  if (content.length === 0) events.removed(log, { offset, messageId: id }, top);
  else events.appended(log, { offset, at, messageId: id === '' ? undefined : id, bytes: content }, top);
}

function entryOf(reply: unknown, place: string): LogEntry {
  const [id, fields] = listOf(reply, 2, place);
  const [, at, , messageId, , bytes] = listOf(fields, 6, place);
  if (!(bytes instanceof Uint8Array)) throw strangeReply(place);
  const message = textOf(messageId, place);
  const offset = Number.parseInt(textOf(id, place), 10);
  return { offset, at: numberOf(at, place), messageId: message === '' ? undefined : message, bytes };
}

function removedOf(text: string, place: string): LogEntry {
  const parts = /^(\d+) (\d+) (.*)$/s.exec(text);
  if (parts === null) throw strangeReply(place);
  return { offset: Number(parts[1]), at: Number(parts[2]), messageId: parts[3], bytes: undefined };
}

function textOf(reply: unknown, place: string): string {
  if (reply instanceof Uint8Array) return Buffer.from(reply.buffer, reply.byteOffset, reply.length).toString('utf8');
  throw strangeReply(place);
}

/** A number that a script has written as a text. */
function numberOf(reply: unknown, place: string): number {
  const number = Number(textOf(reply, place));
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw strangeReply(place);
}
