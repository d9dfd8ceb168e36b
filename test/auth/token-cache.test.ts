import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { firstOf, jwt } from '../../src/auth/index.ts';
import { digestOf, TokenCache } from '../../src/auth/token-cache.ts';
import { property } from '../support/property.ts';
import { attached, bytesOf, NOW, SECRET, tokenOf } from './signed-tokens.ts';

/** Counts the signatures that are verified. */
function signatures() {
  const verify = vi.spyOn(globalThis.crypto.subtle, 'verify');
  return () => verify.mock.calls.length;
}

describe('a token that was verified', () => {
  test('is answered at once, and not verified again for a minute', async () => {
    const verified = signatures();
    for (const authenticate of [jwt({ secret: SECRET }), firstOf(jwt({ secret: SECRET }), () => null)]) {
      const before = verified();
      const { ask, userOf, clock } = attached(undefined, authenticate);
      const token = await tokenOf();
      const user = await userOf(token);
      for (let seconds = 0; seconds < 59; seconds++) {
        clock.increment(1_000);
        expect(ask(token)).toBe(user);
      }
      expect(verified() - before).toBe(1);
      clock.increment(1_000);
      const again = ask(token);
      expect(again).toBeInstanceOf(Promise);
      expect(await again).toEqual(user);
      expect(verified() - before).toBe(2);
    }
  });

  test('is no longer good when it expires, or when the clock is set back', async () => {
    const { ask, userOf, clock } = attached({ secret: SECRET, clockToleranceMs: 0 });
    const token = await tokenOf({ exp: NOW + 10, nbf: NOW });
    await userOf(token);
    clock.increment(9_999);
    expect(ask(token)).toMatchObject({ id: 'ada' });
    clock.stepWall(-10_000);
    expect(() => ask(token)).toThrow('not good yet');
    clock.stepWall(10_000);
    clock.increment(1);
    expect(() => ask(token)).toThrow('expired');
  });

  test('is forgotten when the server closes', async () => {
    const { ask, userOf, detach } = attached();
    const token = await tokenOf();
    await userOf(token);
    detach();
    expect(ask(token)).toBeInstanceOf(Promise);
  });
});

describe('a token that was refused', () => {
  test.each([
    ['for its signature', { key: bytesOf(`${SECRET}!`) }, {}, 1],
    ['for its audience', {}, { aud: 'other' }, 1],
    ['for its user', {}, { sub: '' }, 1],
    ['for its algorithm', { header: { alg: 'HS384' } }, {}, 0],
    ['for its time', {}, { nbf: NOW + 100 }, 0],
  ])('%s costs one signature at most, however often it is sent', async (_what, signed, claims, costs) => {
    const { refusal } = attached({ secret: SECRET, audience: 'chat' });
    const token = await tokenOf({ aud: 'chat', ...claims }, signed);
    const verified = signatures();
    const before = verified();
    const reasons = new Set<string>();
    for (let times = 0; times < 20; times++) reasons.add(await refusal(token));
    expect(reasons.size).toBe(1);
    expect(verified() - before).toBe(costs);
  });

  test('for its time is good when its time has come', async () => {
    const { refusal, userOf, clock } = attached();
    const token = await tokenOf({ nbf: NOW + 100 });
    await refusal(token);
    clock.increment(40_000);
    expect(await userOf(token)).toMatchObject({ id: 'ada' });
  });

  test('does not push out one that is good', async () => {
    const { ask, userOf, refusal } = attached();
    const token = await tokenOf();
    const user = await userOf(token);
    for (let n = 0; n < 1_100; n++) await refusal(await tokenOf({ n }, { key: bytesOf(`${SECRET}!`) }));
    expect(ask(token)).toBe(user);
  });
});

describe('a cache of tokens', () => {
  const limits = { entries: 5, weight: 100 };
  const keys = Array.from({ length: 10 }, (_, n) => `${n}`);
  const anyWeight = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 120 }));
  const anyTime = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40_000 }));

  property(
    'stays within its limits, and knows the newest that fit into them for a minute',
    [fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), anyWeight, anyTime), { maxLength: 60, size: 'max' })],
    { runs: 100, sometimes: ['too many', 'too heavy', 'too old'] },
    (steps, reached) => {
      const cache = new TokenCache<number>(limits);
      let model: { key: string; value: number; weight: number; at: number }[] = [];
      let now = 0;
      for (const [value, [key, weight, passed]] of steps.entries()) {
        now += passed;
        cache.set(`${key}`, value, weight, now);
        model = [...model.filter((entry) => entry.key !== `${key}`), { key: `${key}`, value, weight, at: now }];
        const young = model.filter(({ at }) => now - at < 60_000);
        if (young.length < model.length) reached('too old');
        model = young;
        const sum = () => model.reduce((total, entry) => total + entry.weight, 0);
        if (model.length > limits.entries) reached('too many');
        if (sum() > limits.weight) reached('too heavy');
        while (model.length > limits.entries || sum() > limits.weight) model = model.slice(1);
        const known = keys.map((name) => cache.get(name, now));
        const expected = keys.map((name) => model.find((entry) => entry.key === name)?.value);
        expect([cache.size, cache.weight, ...known]).toEqual([model.length, sum(), ...expected]);
      }
      cache.clear();
      expect([cache.size, cache.weight]).toEqual([0, 0]);
    },
  );

  test('has no token in it', () => {
    expect(digestOf('canary')).toMatch(/^[\w+/]{43}=$/);
  });
});
