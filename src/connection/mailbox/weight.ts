import { MessageType } from '../../protocol/messages.ts';
import type { QueuedMessage } from './queued-message.ts';

/**
 * Bytes that each value and each key of an object counts: the size of an empty object; numbers and short texts are
 * smaller.
 */
const VALUE = 64;
/** Additional bytes of a byte array or a date, which has internal objects. */
const OBJECT = 192;
/** Characters of a text that `VALUE` covers, even at two bytes each. */
const SHORT_TEXT = 24;
const WIDE = /[^\u0000-\u00ff]/;

/**
 * Estimated bytes of the heap that a message takes: 64 for each value and each key of an object, 192 more for byte
 * arrays and dates, and the length of texts and byte arrays. A text with characters beyond Latin-1 counts two bytes for
 * each. The estimate is rather too high than too low, and the same on every machine.
 *
 * It visits every value, so it is called only for messages that have to wait. Decoders limit the nesting to 64 levels.
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
