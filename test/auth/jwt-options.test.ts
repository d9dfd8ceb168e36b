import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jwt } from '../../src/auth/index.ts';
import { OptionsError } from '../../src/errors.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { P256, pemOf, RSA, SECRET } from './signed-tokens.ts';

const publicKey = pemOf(RSA.publicKey);
const secret = SECRET;
const pem = (type: 'rsa' | 'ec' | 'rsa-pss' | 'ed448', options = {}) =>
  pemOf(generateKeyPairSync(type as 'rsa', options as { modulusLength: number }).publicKey);
const privatePem = RSA.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const wrong: [what: string, options: unknown, message: RegExp][] = [
  ['nothing', undefined, /jwt: exactly one of secret, publicKey, jwksFile, jwksUrl is needed, but there is none/],
  ['no issuer', [], /jwt needs the options of at least one issuer/],
  ['no object', 'secret', /jwt: its options are a text/],
  ['no object in a list', [{ secret }, null], /jwt\[1\]: its options are null/],
  ['a mistyped name', { secrets: secret }, /jwt: there is no option secrets. Did you mean secret\?/],
  ['a mistyped name in a list', [{ secret, isuer: 'a' }], /jwt\[0\]: there is no option isuer. Did you mean issuer\?/],
  ['no key', { issuer: 'a' }, /exactly one of .* but there is none/],
  ['two keys', { secret, publicKey }, /exactly one of .* but there are secret and publicKey/],
  ['a weak secret', { secret: 'x'.repeat(31) }, /secret has 31 bytes, but it must have at least 32 for HS256/],
  ['few bytes', { secret: new Uint8Array(31) }, /secret has 31 bytes/],
  ['a secret too weak for HS512', { secret, algorithms: ['HS256', 'HS512'] }, /secret has 44 bytes, .* 64 for HS512/],
  ['a number for a secret', { secret: 5 }, /secret is a number, but it must be a text or bytes/],
  [
    'a public key for a secret',
    { secret: publicKey },
    /secret looks like a key in PEM. A public key belongs in publicKey/,
  ],
  ['a private key', { publicKey: privatePem }, /publicKey is a private key/],
  ['a text for a public key', { publicKey: 'canary' }, /publicKey cannot be read. It must be a public key in PEM/],
  [
    'a short RSA key',
    { publicKey: pem('rsa', { modulusLength: 1_024 }) },
    /publicKey has 1024 bits, .* at least 2,048/,
  ],
  ['another curve', { publicKey: pem('ec', { namedCurve: 'secp256k1' }) }, /is of the type ec secp256k1/],
  ['another type', { publicKey: pem('ed448') }, /is of the type ed448, but it must be RSA, P-256/],
  ['none', { secret, algorithms: ['none'] }, /algorithms is \["none"\], but it must be a list of HS256/],
  ['no algorithm', { secret, algorithms: [] }, /algorithms is \[\]/],
  [
    'a symmetric one for a public key',
    { publicKey, algorithms: ['RS256', 'HS256'] },
    /algorithms has HS256, .* never go together/,
  ],
  [
    'an asymmetric one for a secret',
    { secret, algorithms: ['RS256'] },
    /algorithms has RS256, but a secret is for HS256/,
  ],
  [
    'one of another key',
    { publicKey, algorithms: ['ES256'] },
    /algorithms has ES256, but this public key is for RS256/,
  ],
  ['a symmetric one for a key set', { jwksUrl: 'https://a.example', algorithms: ['HS256'] }, /algorithms has HS256/],
  [
    'plain text over a network',
    { jwksUrl: 'http://login.example/keys' },
    /jwksUrl is a text, but it must be an address with https/,
  ],
  ['another scheme', { jwksUrl: 'file:///keys' }, /jwksUrl is a text, but/],
  ['a password in an address', { jwksUrl: 'https://a:canary@login.example/keys' }, /without a user/],
  [
    'a missing file',
    { jwksFile: '/nowhere/keys.json' },
    /jwksFile is "\/nowhere\/keys.json", but it cannot be read \(ENOENT\)/,
  ],
  ['an empty issuer', { secret, issuer: '' }, /issuer is an empty text/],
  ['no issuers', { secret, issuer: [] }, /issuer is a list, but it must be a text, or a list of texts/],
  ['an empty audience', { secret, audience: ['a', ''] }, /audience\[1\] is an empty text/],
  ['a negative tolerance', { secret, clockToleranceMs: -1 }, /clockToleranceMs is -1/],
  [
    'an asynchronous function',
    { secret, userId: async () => 'x' },
    /userId is a function, but it must be a function that returns/,
  ],
  ['a number for roles', { secret, roles: 5 }, /roles is a number, but it must be the name of a claim/],
  ['a text for keepClaims', { secret, keepClaims: 'a' }, /keepClaims is "a", but it must be a list of names of claims/],
  [
    'another role to trust',
    { secret, trustRoles: ['editor'] },
    /trustRoles\[0\] is "editor", but .* admin, master-key, virtual-key/,
  ],
  ['two for all', [{ secret }, { publicKey }], /jwt\[1\]: issuer does not tell it from jwt\[0\]: both have no issuer/],
  [
    'two of one name',
    [
      { secret, issuer: 'a' },
      { publicKey, issuer: ['b', 'a'] },
    ],
    /jwt\[1\]: issuer does not tell it from jwt\[0\]: both have the issuer "a"/,
  ],
];

describe('jwt refuses', () => {
  test.each(wrong)('%s', (_what, options, message) => {
    expect(() => jwt(options as never)).toThrow(OptionsError);
    expect(() => jwt(options as never)).toThrow(message);
    expect(() => jwt(options as never)).not.toThrow(/canary|BEGIN RSA|a secret of these/);
  });

  test('a file without a key set', () => {
    const jwksFile = join(temporaryFolder(), 'keys.json');
    for (const text of ['', '{}', '{"keys":["canary"]}', ' '.repeat(300_000)]) {
      writeFileSync(jwksFile, text);
      expect(() => jwt({ jwksFile })).toThrow(/jwksFile is ".*keys.json", but it is no JSON Web Key Set/);
    }
  });
});

test('jwt takes what fits', () => {
  const ed25519 = pemOf(generateKeyPairSync('ed25519').publicKey);
  for (const options of [
    { secret: new Uint8Array(32) },
    { secret: 'x'.repeat(64), algorithms: ['HS256', 'HS512'] },
    { publicKey, algorithms: ['PS512'], issuer: ['a', 'a'], trustRoles: [] },
    { publicKey: pemOf(P256.publicKey) },
    { publicKey: ed25519, algorithms: ['EdDSA'] },
    { jwksUrl: 'http://localhost:8080/keys' },
    { jwksUrl: 'https://login.example/keys?for=chat', userId: 'a.b', roles: () => [] },
  ]) {
    expect(() => jwt(options)).not.toThrow();
  }
});
