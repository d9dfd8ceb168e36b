import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { queryValues, queryValuesOf } from '../../src/http/request-info.ts';
import { requestOf, requestToKeep } from '../../src/http/request-texts.ts';
import { property } from '../support/property.ts';

const name = fc.constantFrom('id', 'ID', 'iD', '%69d', '%49%44', 'i+d', 'id%', '', 'other', '%', 'idid', 'i\u0131d');
const value = fc.constantFrom('', '=', 'x', 'a=b', '%41', 'a+b', '%zz', '?', '#');
const pair = fc.tuple(name, fc.constantFrom('=', ''), value).map((parts) => parts.join(''));
const query = fc.oneof(
  fc.array(pair, { maxLength: 8 }).map((pairs) => pairs.join('&')),
  fc.string({ maxLength: 20 }),
);
const headers = fc.dictionary(
  fc.oneof(fc.constantFrom('cookie', 'set-cookie', '__proto__', 'constructor'), fc.stringMatching(/^[a-z0-9-]{1,8}$/)),
  fc.oneof(fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)) }), fc.array(fc.string())),
  { noNullPrototype: true },
);

describe('what is taken of a query without taking all of it apart', () => {
  property('is what is there', [query, fc.constantFrom('?', '?&', '')], 1_000, (text, mark) => {
    const url = `/hub${mark}${text}`;
    const at = url.indexOf('?');
    const all = new URLSearchParams(at === -1 ? '' : url.slice(at));
    expect(queryValuesOf(url, 'id')).toEqual(queryValues(all, 'id'));
  });
});

describe('a request that is kept as texts', () => {
  property('is what it was, for whoever reads, copies or prints it', [query, headers], 300, (text, given) => {
    const url = `/hub?${text}`;
    const expected: Record<string, string> = Object.create(null);
    for (const key of Object.keys(given)) {
      const one = given[key] as string | string[];
      expected[key] = typeof one === 'string' ? one : one.join(', ');
    }
    const asked = requestOf(url, given, '10.0.0.1');
    const before = { ...asked };
    const kept = Object.freeze(requestToKeep(asked, { transport: 'WebSockets' }));
    const query = new URLSearchParams(`?${text}`);
    for (const one of [before, asked, kept, { ...kept }]) {
      expect(one).toMatchObject({ url, remoteAddress: '10.0.0.1' });
      expect(one.headers).toEqual(expected);
      expect(Object.getPrototypeOf(one.headers)).toBeNull();
      expect(Object.isFrozen(one.headers)).toBe(true);
      expect([...one.query]).toEqual([...query]);
    }
    expect(Object.keys(kept)).toEqual(['headers', 'query', 'url', 'remoteAddress', 'transport']);
    expect(JSON.parse(JSON.stringify(kept))).toMatchObject({ headers: { ...expected }, query: {}, url });
  });
});
