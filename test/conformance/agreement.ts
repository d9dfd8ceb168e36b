// Decides whether our answer agrees with the recorded one: byte for byte, except where the vector allows a difference.
import { expect } from 'vitest';
import type { Bindings } from './bindings.ts';
import type { Freedom } from './vectors.ts';

/**
 * Beginnings of error texts that are followed by the details: an error's type name and its message. Both are chosen by
 * the author or by us.
 */
const GENERIC_BEGINNINGS = [
  /^Connection closed with an error\./,
  /^Failed to invoke '[^']*' due to an error on the server\./,
  /^An unexpected error occurred invoking '[^']*' on the server\./,
  /^An unexpected error occurred during connection handshake\./,
  /^HubException: Failed to bind Stream message\./,
  /^The value returned by the streaming method '[^']*' is not /,
];
const DETAIL = /^ \w+: \S/;

export function expectRecord(actual: string, expected: string, freedom: Freedom, bindings: Bindings, what: string) {
  const free = freedom.ownWording || freedom.otherSpelling;
  const normal = (record: string) => (free ? normalSpelling(record, freedom) : record);
  bindings.match(normal(actual), normal(expected), what);
}

/** The same text for all JSON with the same meaning. The order of the properties still counts. */
function normalSpelling(record: string, freedom: Freedom): string {
  const value = JSON.parse(record.slice(0, -1)) as Record<string, unknown>;
  if (freedom.ownWording === true) {
    // Some methods return the text of an error that they caught.
    for (const name of ['error', 'result']) if (typeof value[name] === 'string') value[name] = generic(value[name]);
  }
  return `${JSON.stringify(value)}\u001e`;
}

/** An error text with its detail replaced by a placeholder, so that only the presence of a detail counts. */
function generic(error: string): string {
  const [beginning] = GENERIC_BEGINNINGS.flatMap((pattern) => pattern.exec(error) ?? []);
  if (beginning === undefined) return error;
  const detail = error.slice(beginning.length);
  return detail === '' ? beginning : `${beginning} ${DETAIL.test(detail) ? '(a detail)' : 'no type and message'}`;
}

/** Events of a hub that contain an error: its type and message only have to be present. */
const TOLD = /^(disconnected|unanswered|uploadFailed \d+) \w+: \S.*$/s;

export function normalEvents(lines: readonly string[], { ownWording = false }: Freedom): readonly string[] {
  return ownWording ? lines.map((line) => line.replace(TOLD, '$1 (an error)')) : lines;
}

export function expectWithin(ms: number, window: readonly [min: number, max: number] | undefined, what: string): void {
  if (window === undefined) return;
  expect(ms, `${what}: milliseconds`).toBeGreaterThanOrEqual(window[0]);
  expect(ms, `${what}: milliseconds`).toBeLessThanOrEqual(window[1]);
}
