// How long it has to be remembered that a token was revoked.
import { describe, expect, test } from 'vitest';
import type { Authenticator } from '../../src/auth/authenticator.ts';
import { firstOf, jwt } from '../../src/auth/index.ts';
import { attached, NOW, SECRET, tokenOf } from './signed-tokens.ts';

const HOUR = 3_600;
/** Default of `clockToleranceMs`. */
const TOLERANCE_MS = 60_000;

describe('the end of a token', () => {
  test('is its exp and the tolerance, as long as the token is remembered', async () => {
    const { authenticate, userOf, detach } = attached();
    await userOf(await tokenOf({ jti: 'a', exp: NOW + HOUR }));
    await userOf(await tokenOf({ exp: NOW + 9 * HOUR }));
    expect(authenticate.endOf?.('a', undefined)).toBe((NOW + HOUR) * 1_000 + TOLERANCE_MS);
    expect(authenticate.endOf?.('b', undefined)).toBeUndefined();
    detach();
    expect(authenticate.endOf?.('a', undefined)).toBeUndefined();
  });

  test('is the latest of all tokens with its id', async () => {
    const { authenticate, userOf } = attached();
    for (const hours of [2, 3, 1]) await userOf(await tokenOf({ jti: 'a', exp: NOW + hours * HOUR }));
    expect(authenticate.endOf?.('a', undefined)).toBe((NOW + 3 * HOUR) * 1_000 + TOLERANCE_MS);
    const [earlier, later] = [(NOW + HOUR) * 1_000, (NOW + 4 * HOUR) * 1_000];
    expect(authenticate.endOf?.('a', earlier)).toBe((NOW + 3 * HOUR) * 1_000 + TOLERANCE_MS);
    expect(authenticate.endOf?.('a', later)).toBe(later + TOLERANCE_MS);
  });

  test('has the greatest tolerance of all issuers, when somebody else remembers its exp', () => {
    const issuers = [5_000, 90_000, 0].map((clockToleranceMs, at) => ({
      secret: SECRET,
      issuer: `issuer ${at}`,
      clockToleranceMs,
    }));
    expect(jwt(issuers).endOf?.('a', 1_000)).toBe(91_000);
  });

  test('is asked of each authenticator of firstOf, and the latest counts', () => {
    const ends = (end: number | undefined): Authenticator =>
      Object.assign((() => null) as Authenticator, { endOf: () => end });
    const token = jwt({ secret: SECRET });
    expect(firstOf(() => null, token).endOf?.('a', 1_000)).toBe(1_000 + TOLERANCE_MS);
    expect(firstOf(ends(99_000), token, ends(98_000), ends(undefined)).endOf?.('a', 1_000)).toBe(99_000);
    expect(firstOf(firstOf(token), ends(5)).endOf?.('a', 1_000)).toBe(1_000 + TOLERANCE_MS);
    expect(firstOf(() => null).endOf?.('a', 1_000)).toBeUndefined();
  });
});
