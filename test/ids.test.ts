import { describe, expect, test } from 'vitest';
import { newConnectionId, newConnectionToken, newSessionId } from '../src/ids.ts';

/** More than there are random bytes for at once. */
const MANY = 1_000;
const many = (make: () => string): string[] => Array.from({ length: MANY }, make);

describe.each([
  ['a connection', newConnectionId],
  ['a token', newConnectionToken],
])('the id of %s', (_what, make) => {
  test('is 16 random bytes, URL-safe', () => {
    const ids = many(make);
    for (const id of ids) expect(Buffer.from(id, 'base64url').toString('base64url')).toBe(id);
    expect(new Set(ids.map((id) => Buffer.from(id, 'base64url').length))).toEqual(new Set([16]));
  });

  test('is never the same, nor is any part of it', () => {
    const parts = many(make).flatMap((id) => [id.slice(0, 11), id.slice(11)]);
    expect(new Set(parts).size).toBe(2 * MANY);
  });
});

test('the id of a session begins with its time, and is another one in the same millisecond', () => {
  const now = 1_767_225_600_123;
  const ids = many(() => newSessionId(now));
  expect(new Set(ids).size).toBe(MANY);
  expect([newSessionId(now + 1), ...ids, newSessionId(now - 1)].toSorted().slice(1, -1)).toEqual(ids.toSorted());
  for (const id of ids) expect(id).toMatch(/^[0-9a-z]{9}[-_0-9A-Za-z]{16}$/);
});
