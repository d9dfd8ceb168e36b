import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/inbox.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Answer, hangs, KeyServer, keySet, providerKey, says } from './key-server.ts';
import { attached, P256, RSA, tokenOf } from './signed-tokens.ts';

const [first, second, third] = [providerKey('1'), providerKey('2'), providerKey('3')] as const;
const GONE = 'the keys of an issuer cannot be loaded: those from before are used';
const NEVER_THERE = 'the keys of an issuer cannot be loaded: its tokens are refused';
const BACK = 'the keys of an issuer can be loaded again';
const MINUTES = 60_000;
/** To an address with other keys. */
const redirects: Answer = (response) =>
  response.req.url === '/others'
    ? says(keySet(second))(response)
    : response.writeHead(302, { Location: '/others' }).end();
/** Each token is verified only once, so that keys are asked for. */
let serial = 0;
const tokenBy = (key: typeof first) => key.sign({ jti: `${serial++}` });

async function start(answer = says(keySet(first))) {
  const provider = await KeyServer.start(answer);
  return { provider, ...attached({ jwksUrl: provider.url }) };
}

describe('a key set at an address', () => {
  test('is fetched for the first token, once for all that wait, and kept', async () => {
    const { provider, userOf } = await start();
    expect(provider.requests.all).toEqual([]);
    const tokens = await Promise.all([tokenBy(first), tokenBy(first), tokenBy(first)]);
    expect(await Promise.all(tokens.map(userOf))).toMatchObject([{ id: 'ada' }, { id: 'ada' }, { id: 'ada' }]);
    expect(await userOf(await tokenBy(first))).toMatchObject({ id: 'ada' });
    expect(provider.requests.all).toHaveLength(1);
  });

  test('is fetched again for an unknown key, at most once in 30 seconds', async () => {
    const { provider, userOf, refusal, clock } = await start();
    await userOf(await tokenBy(first));
    provider.answer = says(keySet(first, second));
    expect(await userOf(await tokenBy(second))).toMatchObject({ id: 'ada' });
    expect(provider.requests.all).toHaveLength(2);
    provider.answer = says(keySet(second, third));
    for (let passed = 0; passed < 29_000; passed += 1_000) {
      clock.increment(1_000);
      expect(await refusal(await tokenBy(third))).toMatch(/key of the token is unknown/);
    }
    expect(provider.requests.all).toHaveLength(2);
    clock.increment(1_000);
    expect(await userOf(await tokenBy(third))).toMatchObject({ id: 'ada' });
    expect(provider.requests.all).toHaveLength(3);
    expect(await refusal(await tokenBy(first))).toMatch(/key of the token is unknown/);
  });

  test('that was fetched for an unknown key is not fetched for it again', async () => {
    const { provider, refusal } = await start();
    expect(await refusal(await tokenBy(second))).toMatch(/key of the token is unknown/);
    expect(provider.requests.all).toHaveLength(1);
  });

  test('is fetched again when it is ten minutes old: a key may have been withdrawn', async () => {
    const { provider, userOf, refusal, clock } = await start();
    await userOf(await tokenBy(first));
    provider.answer = says(keySet(second));
    clock.increment(10 * MINUTES - 1);
    expect(await userOf(await tokenBy(first))).toMatchObject({ id: 'ada' });
    clock.increment(1);
    expect(await refusal(await tokenBy(first))).toMatch(/key of the token is unknown/);
    expect(provider.requests.all).toHaveLength(2);
  });

  test.each([
    ['garbage', says('<html>canary</html>'), 'it is no JSON Web Key Set'],
    ['no key set', says('{"keys":[1]}'), 'it is no JSON Web Key Set'],
    ['an error', says(keySet(second), 503), 'the status is 503'],
    ['a redirection', redirects, 'the status is 302'],
    ['far too much', says(keySet(second).padEnd(262_145)), 'it has more than 262,144 bytes'],
  ])('that has become %s changes nothing: the keys from before are used', async (_what, answer, reason) => {
    const { provider, userOf, refusal, clock, log } = await start();
    await userOf(await tokenBy(first));
    provider.answer = answer;
    for (let times = 1; times < 4; times++) {
      expect(await refusal(await tokenBy(second))).toMatch(/key of the token is unknown/);
      expect(await userOf(await tokenBy(first))).toMatchObject({ id: 'ada' });
      expect(provider.requests.all).toHaveLength(1 + times);
      clock.increment(30_000);
    }
    const from = provider.url.replace(/\?.*/, '');
    expect(log.lines).toEqual([{ level: 'warn', text: GONE, error: undefined, data: { from, reason } }]);
    expect(JSON.stringify(log.lines)).not.toContain('canary');
    provider.answer = says(keySet(second));
    expect(await userOf(await tokenBy(second))).toMatchObject({ id: 'ada' });
    expect(log.lines.slice(1)).toMatchObject([{ level: 'info', text: BACK }]);
  });

  test('whose server dies and comes back is used meanwhile, and said once', async () => {
    const { provider, userOf, clock, log } = await start();
    await userOf(await tokenBy(first));
    await provider.die();
    for (let times = 0; times < 3; times++) {
      clock.increment(10 * MINUTES);
      expect(await userOf(await tokenBy(first))).toMatchObject({ id: 'ada' });
    }
    expect(log.lines).toMatchObject([
      { level: 'warn', text: GONE, data: { reason: expect.stringMatching(/it cannot be read \(\w+\)/) } },
    ]);
    await eventually(() => clock.pending === 0);
    await provider.listen();
    clock.increment(30_000);
    expect(await userOf(await tokenBy(first))).toMatchObject({ id: 'ada' });
    await eventually(() => log.lines.length === 2);
    expect(log.lines[1]).toMatchObject({ level: 'info', text: BACK });
    expect(provider.requests.all).toHaveLength(2);
  });

  test('whose server hangs costs one request 5 seconds, and then nobody', async () => {
    const { provider, userOf, clock, log } = await start();
    await userOf(await tokenBy(first));
    provider.answer = hangs;
    clock.increment(10 * MINUTES);
    const waiting = userOf(await tokenBy(first));
    await provider.requests.until(2);
    clock.increment(5_000);
    expect(await waiting).toMatchObject({ id: 'ada' });
    expect(log.lines).toMatchObject([{ level: 'warn', text: GONE, data: { reason: 'it took too long' } }]);
    clock.increment(30_000);
    expect(await userOf(await tokenBy(first))).toMatchObject({ id: 'ada' });
    await provider.requests.until(3);
    expect(await userOf(await tokenBy(first))).toMatchObject({ id: 'ada' });
    expect(clock.pending).toBe(1);
  });

  test('that was never there refuses its tokens, and is tried once a second', async () => {
    const { provider, userOf, refusal, clock, log } = await start(says('', 500));
    for (let times = 0; times < 3; times++)
      expect(await refusal(await tokenBy(first))).toMatch(/keys .* cannot be had/);
    expect(provider.requests.all).toHaveLength(1);
    expect(log.lines).toMatchObject([{ level: 'warn', text: NEVER_THERE }]);
    provider.answer = says(keySet(first));
    clock.increment(1_000);
    expect(await userOf(await tokenBy(first))).toMatchObject({ id: 'ada' });
    expect(provider.requests.all).toHaveLength(2);
  });

  test('is not waited for when its server closes', async () => {
    const { provider, userOf, clock, detach, log } = await start(hangs);
    const waiting = userOf(await tokenBy(first));
    await provider.requests.until(1);
    detach();
    await expect(waiting).rejects.toThrow('cannot be had');
    expect(clock.pending).toBe(0);
    expect(log.lines).toEqual([]);
  });

  test('has public keys only, of which each is for its own algorithm', async () => {
    const secret = { kty: 'oct', k: Buffer.alloc(32, 1).toString('base64url'), kid: 'oct' };
    const rsa = { ...RSA.publicKey.export({ format: 'jwk' }), kid: 'rsa', alg: 'RS256' };
    const p256 = { ...P256.publicKey.export({ format: 'jwk' }), kid: 'p256' };
    const { refusal, userOf } = await start(says(JSON.stringify({ keys: [secret, rsa, p256] })));
    const of = (kid: string, alg: string, key: Uint8Array | typeof RSA.privateKey) =>
      tokenOf({}, { key, header: { alg, kid } });
    expect(await userOf(await of('rsa', 'RS256', RSA.privateKey))).toMatchObject({ id: 'ada' });
    expect(await userOf(await of('p256', 'ES256', P256.privateKey))).toMatchObject({ id: 'ada' });
    expect(await refusal(await of('oct', 'HS256', Buffer.alloc(32, 1)))).toMatch(/algorithm/);
    expect(await refusal(await of('rsa', 'PS256', RSA.privateKey))).toMatch(/key of the token is unknown/);
    expect(await refusal(await of('rsa', 'ES256', P256.privateKey))).toMatch(/key of the token is unknown/);
  });

  test('with several keys needs tokens that name one', async () => {
    const nameless = [providerKey('1', { kid: undefined }), providerKey('2', { kid: undefined })] as const;
    const { refusal } = await start(says(keySet(...nameless)));
    expect(await refusal(await tokenBy(nameless[0]))).toMatch(/names no key/);
  });
});

test('a key set in a file is read again for an unknown key, and survives a bad file', async () => {
  const jwksFile = join(temporaryFolder(), 'keys.json');
  writeFileSync(jwksFile, keySet(first));
  const { userOf, refusal, clock, log } = attached({ jwksFile });
  expect(await userOf(await tokenBy(first))).toMatchObject({ id: 'ada' });
  writeFileSync(jwksFile, keySet(first, second));
  expect(await userOf(await tokenBy(second))).toMatchObject({ id: 'ada' });
  writeFileSync(jwksFile, '{');
  clock.increment(30_000);
  expect(await refusal(await tokenBy(third))).toMatch(/key of the token is unknown/);
  expect(await userOf(await tokenBy(second))).toMatchObject({ id: 'ada' });
  expect(log.lines).toMatchObject([{ text: GONE, data: { from: jwksFile, reason: 'it is no JSON Web Key Set' } }]);
});
