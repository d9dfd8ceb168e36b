import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentProblem } from '../../src/cli/command-problems.ts';
import { type KeyFlags, keyIdOf, newKeyOf, overlapOf } from '../../src/cli/key-arguments.ts';
import { property } from '../support/property.ts';

const NOW = Date.UTC(2030, 0, 1);
const SECRET = 'hunter2hunter2';

describe('the arguments of key create', () => {
  test.each([
    [{ name: 'app' }, { kind: 'virtual', name: 'app' }],
    [
      { name: 'Zoë 🚆', kind: 'master', user: 'ada', roles: ' a, b,,c ', expires: '2030-01-02' },
      { kind: 'master', name: 'Zoë 🚆', userId: 'ada', roles: ['a', 'b', 'c'], expiresAt: NOW + 86_400_000 },
    ],
    [
      { name: 'a', kind: 'master', roles: 'admin' },
      { kind: 'master', name: 'a', roles: ['admin'] },
    ],
  ])('%j', (flags, key) => {
    expect(newKeyOf(flags, NOW)).toEqual(key);
  });

  test.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['90d', 7_776_000_000],
    ['2w', 1_209_600_000],
    ['2030-01-01T00:00:01Z', 1_000],
    ['2030-01-01T02:00:01.5+02:00', 1_500],
  ])('--expires %s', (expires, ms) => {
    expect(newKeyOf({ name: 'a', expires }, NOW).expiresAt).toBe(NOW + ms);
  });

  test.each<[KeyFlags, RegExp]>([
    [{}, /^--name: got nothing, expected a name for people, such as --name app$/],
    [{ name: '' }, /^--name: expected 1 to 100 characters that can be printed$/],
    [{ name: `${SECRET}\u001b[31m` }, /^--name: expected 1 to 100/],
    [{ name: 'x'.repeat(101) }, /^--name: expected 1 to 100/],
    [{ name: 'a', kind: SECRET }, /^--kind: expected virtual or master$/],
    [{ name: 'a', user: ' ' }, /^--user: expected 1 to 200/],
    [{ name: 'a', roles: `a,${SECRET.repeat(8)}` }, /^--roles: expected 1 to 100/],
    [{ name: 'a', roles: 'a,'.repeat(200) }, /^--roles: got 200, expected at most 100$/],
    [{ name: 'a', roles: 'x,admin' }, /^--roles: a virtual key cannot have the role admin/],
    [{ name: 'a', roles: 'master-key' }, /cannot have the role master-key/],
    [{ name: 'a', expires: SECRET }, /^--expires: expected a duration, such as 90d .* or a date, such as 2030-01-31$/],
    [{ name: 'a', expires: '90' }, /^--expires: expected a duration/],
    [{ name: 'a', expires: '2030-13-45' }, /^--expires: expected a duration/],
    [{ name: 'a', expires: '2030-01-01T00:00:01' }, /^--expires: expected a duration/],
    [{ name: 'a', expires: '2030-01-01' }, /^--expires: got a moment that is over, expected one in the future$/],
    [{ name: 'a', expires: '0d' }, /^--expires: got a moment that is over/],
  ])('%j is a problem whose line quotes no value', (flags, line) => {
    const read = () => newKeyOf(flags, NOW);
    expect(read).toThrow(ArgumentProblem);
    expect(read).toThrow(line);
    expect(read).not.toThrow(/hunter2/);
  });
});

describe('the arguments of key rotate and key revoke', () => {
  test('are an id and a duration', () => {
    expect(keyIdOf('aB3dE5gH')).toBe('aB3dE5gH');
    expect([overlapOf({}), overlapOf({ overlap: '0s' }), overlapOf({ overlap: '1d' })]).toEqual([0, 0, 86_400_000]);
    for (const overlap of ['', '1', '-1d', '1y', SECRET])
      expect(() => overlapOf({ overlap })).toThrow(
        /^--overlap: expected a duration: such as 90d \(s, m, h, d and w are known\), or 0s$/,
      );
    for (const word of ['', 'aB3dE5g', `sb_vk_aB3dE5gH_${SECRET}`])
      expect(() => keyIdOf(word)).toThrow(
        /^expected the id of a key, as signalbox key list shows it: 8 letters and digits/,
      );
  });

  property('of any text are a value, or a problem', [fc.string({ unit: 'binary' })], 500, (text) => {
    for (const read of [
      () => keyIdOf(text),
      () => overlapOf({ overlap: text }),
      () => newKeyOf({ name: text, user: text, roles: text, expires: text }, NOW),
    ]) {
      try {
        read();
      } catch (error) {
        expect(error).toBeInstanceOf(ArgumentProblem);
      }
    }
  });
});
