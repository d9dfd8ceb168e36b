import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Authenticator } from '../../src/auth/authenticator.ts';
import { apiKeyOf, bearerTokenOf } from '../../src/auth/credential.ts';
import { firstOf, UnauthorizedError } from '../../src/auth/index.ts';
import { innerOf, strict } from '../../src/auth/strict.ts';
import { OptionsError } from '../../src/errors.ts';
import type { HttpRequestInfo } from '../../src/http/request-texts.ts';
import { property } from '../support/property.ts';

const raw = {} as IncomingMessage;

function request(headers: Record<string, string> = {}, query = ''): HttpRequestInfo {
  return { headers, query: new URLSearchParams(query), url: `/hub?${query}`, remoteAddress: '' };
}

/** Knows one token; one that begins in the same way is of its kind, and wrong. */
function knows(token: string, id: string): Authenticator {
  return (asked) => {
    const given = bearerTokenOf(asked);
    if (given === token) return { id, roles: [] };
    if (given?.startsWith(token.slice(0, 2))) throw new UnauthorizedError('wrong');
    return null;
  };
}

/** The same, with a promise for an answer. It stays strict. */
function slowly(authenticator: Authenticator): Authenticator {
  const inner = innerOf(authenticator) ?? authenticator;
  const slow: Authenticator = async (...asked) => inner(...asked);
  return inner === authenticator ? slow : strict(slow);
}

describe('a credential', () => {
  test.each([
    ['of the header', request({ authorization: 'Bearer abc' }), 'abc'],
    ['whatever the case of the scheme', request({ authorization: 'bEARER  abc ' }), 'abc'],
    ['before that of the query', request({ authorization: 'Bearer wrong' }, 'access_token=good'), 'wrong'],
    ['of the query', request({}, 'id=1&access_token=a%2Bb'), 'a+b'],
    ['of the query, beside another scheme', request({ authorization: 'Basic abc' }, 'access_token=t'), 't'],
    ['that is empty', request({ authorization: 'Bearer' }), ''],
    ['of a scheme that only begins like Bearer is none', request({ authorization: 'BearerToken abc' }), undefined],
    ['of Bearer without a space is none', request({ authorization: 'Bearer\tabc' }), undefined],
    ['twice in the query is one that nobody knows', request({}, 'access_token=a&access_token=b'), 'a,b'],
    ['that is none', request({ authorization: 'Basic abc', 'x-api-key': 'k' }), undefined],
  ])('%s', (_what, asked, token) => {
    expect(bearerTokenOf(asked)).toBe(token);
  });

  test('of a key may stand in X-API-Key, behind the other two', () => {
    expect(apiKeyOf(request({ 'x-api-key': ' k ' }))).toBe('k');
    expect(apiKeyOf(request({ 'x-api-key': 'k', authorization: 'Bearer b' }))).toBe('b');
    expect(apiKeyOf(request({ 'x-api-key': 'k' }, 'access_token=q'))).toBe('q');
    expect(apiKeyOf(request())).toBeUndefined();
  });

  test('of the header is found without parsing the query, which each poll has', () => {
    const asked = {
      ...request({ authorization: 'Bearer abc' }),
      get query(): URLSearchParams {
        throw new Error('The query was parsed.');
      },
    };
    expect(apiKeyOf(asked)).toBe('abc');
  });

  property('of any text raises nothing', [fc.string({ unit: 'binary' })], 200, (text) => {
    expect(() => apiKeyOf(request({ authorization: text, 'x-api-key': text }, text))).not.toThrow();
  });
});

describe('firstOf', () => {
  const both = [strict(knows('aa-token', 'ada')), strict(knows('bb-token', 'bob'))] as const;

  test('asks until one knows the credential', async () => {
    const authenticate = firstOf(...both);
    expect(await authenticate(request({}, 'access_token=aa-token'), raw)).toMatchObject({ id: 'ada' });
    expect(await authenticate(request({}, 'access_token=bb-token'), raw)).toMatchObject({ id: 'bob' });
    expect(await authenticate(request(), raw)).toBeNull();
  });

  test('ends with the first for which it is wrong', async () => {
    const asked: string[] = [];
    const last: Authenticator = () => {
      asked.push('last');
      return null;
    };
    expect(() => firstOf(...both, last)(request({}, 'access_token=aa-'), raw)).toThrow('wrong');
    await expect(firstOf(...both.map(slowly), last)(request({}, 'access_token=aa-'), raw)).rejects.toThrow('wrong');
    expect(asked).toEqual([]);
  });

  test.each(['access_token=cc', ''])('refuses a credential that none of them knows: %j', async (query) => {
    const asked = query === '' ? request({ 'x-api-key': 'cc' }) : request({}, query);
    for (const refuses of [firstOf(...both), strict(knows('aa', 'ada')), firstOf(firstOf(...both), () => null)]) {
      expect(() => refuses(asked, raw)).toThrow(UnauthorizedError);
    }
    for (const refuses of [firstOf(...both.map(slowly)), strict(slowly(knows('aa', 'ada')))]) {
      await expect(refuses(asked, raw)).rejects.toThrow(UnauthorizedError);
    }
    // With authenticators of one's own only, what they do not know is their own affair.
    expect(firstOf(() => null)(asked, raw)).toBeNull();
  });

  test('answers at once when those that it asks do', async () => {
    const [ada, bob] = [request({}, 'access_token=aa-token'), request({}, 'access_token=bb-token')];
    expect(firstOf(...both)(bob, raw)).toEqual({ id: 'bob', roles: [] });
    expect(firstOf(...both)(request(), raw)).toBeNull();
    const waits = firstOf(both[0], strict(slowly(knows('bb-token', 'bob'))));
    expect(waits(ada, raw)).toEqual({ id: 'ada', roles: [] });
    expect(await waits(bob, raw)).toEqual({ id: 'bob', roles: [] });
  });

  test('attaches all of them, and lets go of all of them in the opposite order', () => {
    const order: string[] = [];
    const attached = (name: string): Authenticator =>
      Object.assign((() => null) as Authenticator, {
        attach: () => {
          order.push(`attach ${name}`);
          return () => order.push(`detach ${name}`);
        },
      });
    const detach = firstOf(strict(attached('a')), firstOf(strict(attached('b'))), attached('c')).attach?.({} as never);
    expect(order).toEqual(['attach a', 'attach b', 'attach c']);
    detach?.();
    expect(order.slice(3)).toEqual(['detach c', 'detach b', 'detach a']);
  });

  test('needs authenticators', () => {
    expect(() => firstOf()).toThrow(OptionsError);
    expect(() => firstOf(() => null, {} as never)).toThrow('authenticator 2 is no function');
  });
});
