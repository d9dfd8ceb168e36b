// What an authenticator takes of a request, and what is held of it meanwhile.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apiKeyOf, bearerTokenOf } from '../../src/auth/credential.ts';
import { requestOf } from '../../src/http/request-texts.ts';
import { type Authenticator, createServer, setupHub } from '../../src/index.ts';
import { property } from '../support/property.ts';

const BEARER = { authorization: 'Bearer abc' };

describe('a credential', () => {
  test.each(['authorization', 'x-api-key'])('in %s is found without a copy of all headers', (name) => {
    const headers = {
      get cookie(): string {
        throw new Error('The headers were copied.');
      },
      [name]: 'Bearer abc',
    };
    expect(apiKeyOf(requestOf('/hub', headers, ''))).toBe(name === 'authorization' ? 'abc' : 'Bearer abc');
  });

  test('is that of the request that an author has made of the given one', () => {
    const given = requestOf('/hub?access_token=q', BEARER, '');
    const headers = { authorization: 'Bearer xyz' };
    const proxied = new Proxy(given, {
      get: (target, key) => (key === 'headers' ? headers : Reflect.get(target, key)),
    });
    for (const made of [{ ...given, headers }, Object.create(given, { headers: { value: headers } }), proxied])
      expect(bearerTokenOf(made)).toBe('xyz');
    const query = new URLSearchParams('access_token=other');
    expect(bearerTokenOf({ ...requestOf('/hub', {}, ''), query })).toBe('other');
    expect(bearerTokenOf(given)).toBe('abc');
  });

  const name = fc.constantFrom(
    'access_token',
    'access%5ftoken',
    'ACCESS_TOKEN',
    'access+token',
    '%61ccess_token',
    'id',
  );
  const pairs = fc.array(fc.tuple(name, fc.constantFrom('=', '=t', '', '=%41', '=a+b')).map((parts) => parts.join('')));
  property('of a query is what its whole text says', [pairs], 500, (texts) => {
    const query = texts.join('&');
    const tokens = new URLSearchParams(query).getAll('access_token');
    expect(bearerTokenOf(requestOf(`/hub?${query}`, {}, ''))).toBe(tokens.length === 0 ? undefined : tokens.join(','));
  });
});

describe('headers that authenticate has read', () => {
  test('are the same each time, and held no longer than until its answer has to be awaited', async () => {
    const seen: unknown[] = [];
    const waits: Authenticator = async (request) => {
      seen.push(request.headers, request.headers);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(request.headers);
      return null;
    };
    const hub = setupHub({}).createHub({ methods: {} });
    const server = createServer({ hubs: { '/hub': hub }, authenticate: waits, logLevel: 'silent' });
    const { port } = await server.listen({ port: 0 });
    const answer = await fetch(`http://127.0.0.1:${port}/hub/negotiate?negotiateVersion=1`, { method: 'POST' });
    expect(answer.status).toBe(200);
    await server.close();
    expect(seen[1]).toBe(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    // Made anew: a request that waits does not hold what can be had from its texts.
    expect(seen[2]).not.toBe(seen[0]);
  });
});
