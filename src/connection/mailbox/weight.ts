import { MessageType } from '../../protocol/messages.ts';
import type { QueuedMessage } from './queued-message.ts';

/** Bytes that any value counts, also the key of an object: an empty object is as large, all others of a few bytes are smaller. */
const VALUE = 64;
/** Bytes that a byte array or a date counts besides: it is an object with parts of its own. */
const OBJECT = 192;
/** Characters for which the value itself has room, also at two bytes each. */
const SHORT_TEXT = 24;
const WIDE = /[^\u0000-\u00ff]/;

/**
 * How many bytes of the heap a message takes that waits, about: 64 for each value in it and each key of an object, 192 more
 * for bytes and dates, and texts and bytes by their length; a text with characters beyond Latin-1 has two bytes for each.
 * An estimate that is rather too high than too low, and the same on every machine.
 *
 * It walks over everything, so it is meant for what has to wait, and not for what passes. Decoders have seen to it that
 * nothing is nested more than 64 levels.
 */
export function weightOf(message: QueuedMessage): number {
  const id = message.invocationId === undefined ? 0 : weightOfText(message.invocationId);
  switch (message.type) {
    case MessageType.StreamItem:
      return id + weightOfValue(message.item);
    case MessageType.Completion:
      return id + weightOfValue(message.error) + weightOfValue(message.result);
    default:
      return id + weightOfText(message.target) + weightOfValue(message.arguments) + weightOfValue(message.streamIds);
  }
}

function weightOfValue(value: unknown): number {
  if (typeof value === 'string') return weightOfText(value);
  if (typeof value !== 'object' || value === null) return VALUE;
  if (Array.isArray(value)) return weightOfList(value);
  if (value instanceof Uint8Array) return VALUE + OBJECT + value.byteLength;
  if (value instanceof Date) return VALUE + OBJECT;
  let weight = VALUE;
  for (const key in value) weight += weightOfText(key) + weightOfValue((value as Record<string, unknown>)[key]);
  return weight;
}

function weightOfList(list: readonly unknown[]): number {
  let weight = VALUE;
  for (let at = 0; at < list.length; at++) weight += weightOfValue(list[at]);
  return weight;
}

function weightOfText(text: string): number {
  const { length } = text;
  return VALUE + (length > SHORT_TEXT && WIDE.test(text) ? 2 * length : length);
}
