import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redacted } from '../../src/inspector/redact.ts';
import { closeReason } from '../../src/protocol/close.ts';
import { property } from '../support/property.ts';

class Secretive {
  readonly inside: unknown;
  constructor(inside: unknown) {
    this.inside = inside;
  }
}

describe('what leaves', () => {
  test('plain data, as it is', () => {
    const data = { id: 'x:7', n: 1, on: true, none: null, list: [1, 'two', { three: 3 }], hub: '/hubs/chat' };
    expect(redacted(data)).toEqual(data);
  });

  test('an object with a toJSON, as that says', () => {
    expect(redacted({ connection: { toJSON: () => ({ connectionId: 'abc' }) } })).toEqual({
      connection: { connectionId: 'abc' },
    });
    expect(redacted({ at: new Date(0) })).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  });

  test('functions by their names', () => {
    expect(redacted({ guard: function isFull() {} })).toEqual({ guard: { type: 'isFull' } });
  });

  test('a reason for the end of a connection: its name, and its text if it is the server’s own', () => {
    const own = redacted({ reason: closeReason('client-closed') });
    expect(own).toEqual({
      reason: { name: 'client-closed', text: 'The client closed the connection.', allowReconnect: false },
    });
    const told = redacted({ reason: closeReason('client-closed', { error: new RangeError('canary') }) });
    expect(told).toEqual({
      reason: { name: 'client-closed', text: '[redacted]', allowReconnect: false, error: { name: 'RangeError' } },
    });
  });
});

describe('what does not', () => {
  test.each<[string, unknown, unknown]>([
    ['a socket', new Socket(), '[Socket]'],
    ['bytes', Buffer.from('canary'), '[6 bytes]'],
    ['other bytes', new Uint16Array(3), '[6 bytes]'],
    ['an instance of any class', new Secretive('canary'), '[Secretive]'],
    ['a map', new Map([['a', 'canary']]), '[Map]'],
    ['the text of an error', new TypeError('canary'), { name: 'TypeError' }],
    ['a credential', 'Bearer canary', '[redacted]'],
    ['a JSON Web Token', 'eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl', '[redacted]'],
    ['an API key', 'sb_vk_A3n2oYK8_0123456789', '[redacted]'],
    ['the query of an address', 'wss://box/hubs/chat?access_token=canary', 'wss://box/hubs/chat?…'],
    ['the password of an address', 'postgres://me:canary@db/box', 'postgres://…@db/box'],
    ['what cannot be read', Object.defineProperty({}, 'a', { enumerable: true, get: throwing }), '[unreadable]'],
    ['a toJSON that throws', { toJSON: throwing }, '[unreadable]'],
  ])('%s', (_what, value, shown) => {
    expect(redacted(value)).toEqual(shown);
    expect(redacted({ deep: [value] })).toEqual({ deep: [shown] });
  });

  test.each(['token', 'access_token', 'accessToken', 'Authorization', 'Cookie', 'set-cookie', 'x-api-key', 'PASSWORD'])(
    'whatever stands under %s',
    (key) => {
      expect(redacted({ [key]: 'canary' })).toEqual({ [key]: '[redacted]' });
      expect(redacted({ [key]: { deep: ['canary'] } })).toEqual({ [key]: '[redacted]' });
    },
  );

  test('an endless object', () => {
    const endless: Record<string, unknown> = {};
    endless.self = endless;
    expect(JSON.stringify(redacted(endless))).toContain('[more]');
  });

  test('more than is good for anybody', () => {
    const children = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`child-${n}`, { id: n }]));
    const shown = redacted({ children, list: new Array(5_000).fill('x'), long: 'x'.repeat(1_000_000) }) as {
      readonly children: object;
      readonly list: readonly string[];
      readonly long: string;
    };
    expect(Object.keys(shown.children)).toHaveLength(65);
    expect(shown.children).toHaveProperty('…', '[4936 more]');
    expect(shown.list.at(-1)).toBe('[4936 more]');
    expect(shown.long).toMatch(/^x{256}… \(1000000 characters\)$/);
  });
});

test('a tree with a quarter of a million leaves is no message of that size', () => {
  const wide = (depth: number): unknown => (depth === 0 ? 'leaf' : Array.from({ length: 64 }, () => wide(depth - 1)));
  expect(JSON.stringify(redacted({ tree: wide(3) })).length).toBeLessThan(10_000);
});

function throwing(): never {
  throw new Error('canary');
}

const CANARY = 'canary-5f2b';

/** Names whose values must not leave the process, in any spelling. */
const forbiddenKey = fc
  .constantFrom(
    'access token',
    'authorization',
    'cookie',
    'api key',
    'headers',
    'query',
    'arguments',
    'body',
    'message',
  )
  .chain((words) =>
    fc.constantFrom(
      words.replaceAll(' ', '_'),
      words.replaceAll(' ', '-').toUpperCase(),
      words.replaceAll(/ (\w)/g, (_all, letter: string) => letter.toUpperCase()),
    ),
  );

/** A value with the canary in it, which must not be shown. */
const hidden: fc.Arbitrary<unknown> = fc.oneof(
  fc.tuple(forbiddenKey, fc.constantFrom<unknown>(CANARY, [CANARY], { a: { b: CANARY } })).map(([key, value]) => ({
    [key]: value,
  })),
  fc
    .constantFrom<() => unknown>(
      () => new Secretive(CANARY),
      () => new Error(CANARY),
      () => new Map([[CANARY, CANARY]]),
      () => new Set([CANARY]),
      () => Buffer.from(CANARY),
      () => new URLSearchParams({ token: CANARY }),
      () => new URL(`http://me:${CANARY}@box/?token=${CANARY}`),
      () => `Bearer ${CANARY}`,
      () => `/hubs/chat?id=${CANARY}`,
      () => ({ error: CANARY }),
      () => ({ toJSON: () => ({ token: CANARY }) }),
    )
    .map((make) => make()),
);

/** The same, at any place in a value. */
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 7 },
    hidden,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('tree'), { maxKeys: 4 }),
    fc.anything(),
  ),
}));

property('no canary is ever seen', [tree], 2_000, (value) => {
  expect(JSON.stringify(redacted(value)) ?? '').not.toContain(CANARY);
});

property(
  'anything at all becomes JSON, and not much of it',
  [fc.anything({ withBigInt: true, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true })],
  1_000,
  (value) => {
    expect((JSON.stringify(redacted(value)) ?? '').length).toBeLessThan(400_000);
  },
);

/** Letters of which no forbidden word can be made. */
const harmless = fc.stringMatching(/^[fghlmpvxz]{1,12}$/);

property(
  'what is harmless stays as it is',
  [fc.dictionary(harmless, fc.oneof(fc.integer(), fc.boolean(), harmless, fc.array(harmless, { maxLength: 5 })))],
  500,
  (value) => {
    expect(redacted(value)).toEqual({ ...value });
  },
);
