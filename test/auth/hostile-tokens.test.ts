import fc from 'fast-check';
import { beforeAll, describe } from 'vitest';
import { property } from '../support/property.ts';
import { attached, NOW, P256, part, pemOf, RSA, SECRET, tokenOf } from './signed-tokens.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const issuers = {
  HS256: { secret: SECRET },
  ES256: { publicKey: pemOf(P256.publicKey) },
  RS256: { publicKey: pemOf(RSA.publicKey) },
};
type Algorithm = keyof typeof issuers;
const algorithm = fc.constantFrom<Algorithm[]>('HS256', 'ES256', 'RS256');
const good: Record<Algorithm, string> = { HS256: '', ES256: '', RS256: '' };

beforeAll(async () => {
  good.HS256 = await tokenOf({ roles: ['a'] });
  good.ES256 = await tokenOf({ roles: ['a'] }, { key: P256.privateKey, header: { alg: 'ES256' } });
  good.RS256 = await tokenOf({ roles: ['a'] }, { key: RSA.privateKey, header: { alg: 'RS256' } });
});

/** `refusal` fails for a token that is let in, and for every error but an UnauthorizedError. */
const refusalOf = (alg: Algorithm, token: string) => attached(issuers[alg]).refusal(token);

describe('a token is refused, and never a fault:', () => {
  property(
    'a good token with one other character',
    [algorithm, fc.nat(), fc.integer({ min: 1, max: 63 })],
    { runs: 400, sometimes: ['header', 'claims', 'signature'] },
    async (alg, at, by, reached) => {
      const token = good[alg];
      const place = at % token.length;
      const old = ALPHABET.indexOf(token[place] as string);
      const other = old === -1 ? 'A' : ALPHABET[(old + by) % 64];
      reached((['header', 'claims', 'signature'] as const)[token.slice(0, place).split('.').length - 1] ?? 'header');
      await refusalOf(alg, token.slice(0, place) + other + token.slice(place + 1));
    },
  );

  property(
    'a good token with a character more, a character less, or cut anywhere',
    [algorithm, fc.nat(), fc.constantFrom(...ALPHABET, '.', '=', '%', ' ', '\0')],
    200,
    async (alg, at, more) => {
      const token = good[alg];
      const place = at % (token.length + 1);
      const within = token.slice(0, place) + more + token.slice(place);
      // White space around a token is no part of it.
      if (within.trim() !== token) await refusalOf(alg, within);
      if (place < token.length) {
        await refusalOf(alg, token.slice(0, place) + token.slice(place + 1));
        await refusalOf(alg, token.slice(0, place));
      }
    },
  );

  property('any text', [algorithm, fc.string({ unit: 'binary', maxLength: 300 })], 300, async (alg, text) => {
    await refusalOf(alg, text);
  });

  property(
    'a token of any header, any claims and any signature',
    [
      algorithm,
      fc.dictionary(fc.constantFrom('alg', 'kid', 'typ', 'crit', 'b64', 'jwk', 'jku', 'x5u', 'zip'), json()),
      fc.dictionary(fc.constantFrom('sub', 'iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'roles', '__proto__'), json()),
      fc.uint8Array({ maxLength: 300 }),
      fc.boolean(),
    ],
    { runs: 600, sometimes: ['verified'] },
    async (alg, header, claims, signature, isLikely, reached) => {
      const all = isLikely ? { exp: NOW + 100, ...header } : header;
      const head = part(isLikely ? { ...all, crit: undefined, alg } : all);
      const body = part(isLikely ? { ...claims, exp: NOW + 100, nbf: undefined, iat: undefined } : claims);
      const token = `${head}.${body}.${Buffer.from(signature).toString('base64url')}`;
      const reason = await refusalOf(alg, token);
      if (/signature|verified/.test(reason)) reached('verified');
    },
  );
});

function json(): fc.Arbitrary<unknown> {
  const likely = fc.constantFrom<unknown>('HS256', 'ES256', 'none', NOW + 100, NOW - 100, ['b64'], '', 'ada', true);
  return fc.oneof(likely, fc.jsonValue({ maxDepth: 3 }));
}
