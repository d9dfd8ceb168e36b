import { expect, test } from 'vitest';
import { digestOf, findSecret, type KeySecret } from '../../src/auth/key-secrets.ts';

const digest = digestOf('sb_vk_a');
const secret = (number: number, sha256: Uint8Array): KeySecret => ({ number, sha256, until: null });

test('a digest is that of the whole key, SHA-256', () => {
  // printf 'sb_vk_a' | sha256sum
  expect(Buffer.from(digest).toString('hex')).toBe('6a8dc2eaa5f908cd8560380c46d68eb73bec52f6957bcbda3d5ef1fa2e64f027');
});

test('a secret is found among others, wherever it stands', () => {
  const others = [secret(1, digestOf('x')), secret(2, digestOf('y'))];
  for (const at of [0, 1, 2]) expect(findSecret(digest, others.toSpliced(at, 0, secret(3, digest)))?.number).toBe(3);
});

test('a digest that differs in one bit is another one', () => {
  for (let bit = 0; bit < 256; bit += 1) {
    const other = Uint8Array.from(digest, (byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    expect(findSecret(digest, [secret(1, other)])).toBeUndefined();
  }
});

test('a digest of another length is another one', () => {
  for (const length of [0, 31, 33]) expect(findSecret(digest, [secret(1, new Uint8Array(length))])).toBeUndefined();
});

test('nobody has a secret: not even with the digest that stands in its place', () => {
  expect(findSecret(new Uint8Array(32))).toBeUndefined();
  expect(findSecret(new Uint8Array(32), [])).toBeUndefined();
});
