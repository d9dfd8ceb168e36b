import { expect, test } from 'vitest';
import { jsonOf, lineOf, momentOf, tableOf } from '../../src/cli/key-texts.ts';
import { keyRow } from '../../src/testing/key-rows.ts';

const NOW = Date.UTC(2030, 0, 1, 12, 30);

test('keys are a table', () => {
  const keys = [
    keyRow('aB3dE5gH', { name: 'app', userId: 'ada', roles: ['x', 'y'], lastUsedAt: NOW - 60_000 }),
    keyRow('bbbbbbbb', { name: 'longer name', expiresAt: NOW, kind: 'master' }),
    keyRow('cccccccc', { name: 'c', expiresAt: NOW + 60_000, revokedAt: NOW }),
  ];
  expect(tableOf(keys, NOW)).toEqual([
    'id        kind     name         user      roles  expires            last used          state',
    'aB3dE5gH  virtual  app          ada       x,y    never              2030-01-01 12:29Z  good',
    'bbbbbbbb  master   longer name  bbbbbbbb  -      2030-01-01 12:30Z  never              expired',
    'cccccccc  virtual  c            cccccccc  -      2030-01-01 12:31Z  never              revoked',
  ]);
});

test('a key is a line', () => {
  const key = keyRow('aB3dE5gH', { name: 'my "app"', expiresAt: NOW, roles: ['x'] });
  expect(lineOf(key)).toBe(
    'virtual key aB3dE5gH, "my \\"app\\"": user aB3dE5gH, roles x; it expires at 2030-01-01 12:30Z',
  );
  expect(lineOf({ ...key, expiresAt: null })).toMatch(/; it does not expire$/);
});

test('a moment that no calendar has is never', () => {
  expect(momentOf(8.64e15 + 1)).toBe('never');
  expect(momentOf(8.64e15)).toContain('275760-09-13');
});

test('JSON has no character that a terminal executes, and is the same value', () => {
  const value = { name: 'a\u001b[31m\u202eb\u2028\u{e0001}' };
  const json = jsonOf(value);
  expect(json).toBe('{"name":"a\\u001b[31m\\u202eb\\u2028\\udb40\\udc01"}');
  expect(JSON.parse(json)).toEqual(value);
});
