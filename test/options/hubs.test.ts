import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type AnyHubDefinition, createServer, method, OptionsError, setupHub, stream } from '../../src/index.ts';

/** Options that plain JavaScript can pass, but TypeScript does not allow. */
const loose = { setupHub, method, stream } as unknown as Record<
  'setupHub' | 'method' | 'stream',
  (...args: readonly unknown[]) => { createHub(...parts: readonly unknown[]): AnyHubDefinition }
>;
const createHub = (...parts: readonly unknown[]) => loose.setupHub({}).createHub(...parts);
const run = (): void => {};

function expectRefusal(make: () => unknown, text: RegExp): void {
  expect(make).toThrow(OptionsError);
  expect(make).toThrow(text);
}

describe('what a method may ask of its caller', () => {
  test.each([
    ['a misspelt right', [[], { authorise: 'admin' }, run], /there is no option authorise\. Did you mean authorize\?/],
    ['a right in another case', [[], { Authorize: 'admin' }, run], /Did you mean authorize\?/],
    ['a right that is none', [[], { authorize: 5 }, run], /authorize is 5, but it must be 'anonymous'/],
    ['an empty role', [[], { authorize: '' }, run], /authorize is "", but it must be/],
    ['an empty role of a list', [[], { authorize: ['admin', ''] }, run], /authorize is \["admin",""\], but it must be/],
    [
      'a word where roles stand',
      [[], { authorize: ['authenticated', 'admin'] }, run],
      /a list of roles without these two/,
    ],
    [
      'an asynchronous right',
      [[], { authorize: async () => false }, run],
      /or a function that returns true or false at once/,
    ],
    [
      'no number of milliseconds',
      [[], { timeoutMs: Number.NaN }, run],
      /timeoutMs is NaN, but it must be a whole number from 0/,
    ],
    ['a text as a time', [[], { timeoutMs: '5s' }, run], /timeoutMs is "5s", but/],
    ['a time before now', [[], { timeoutMs: -5 }, run], /timeoutMs is -5, but/],
    ['a time that no timer can wait', [[], { timeoutMs: 2 ** 31 }, run], /timeoutMs is 2147483648, but/],
    ['an upload that is no schema', [[], { upload: [5] }, run], /upload\[0\] is 5, but it must be a Standard Schema/],
    [
      'a schema that is no list',
      [z.string(), run],
      /args is a ZodString, but it must be a list of schemas, one for each/,
    ],
    [
      'a schema that was not made',
      [[z.string], run],
      /args\[0\] is a function, but it must be a Standard Schema, such as/,
    ],
    ['a hole in the list', [new Array(1), run], /args\[0\] is missing\. It must be a Standard Schema/],
    ['no list at all', [run], /args is a function, but it must be a list of schemas/],
    ['nothing to run', [[]], /run is missing\. It must be a function/],
    ['a schema to run', [[], z.string()], /run is a ZodString, but it must be a function/],
    [
      'options behind run',
      [[], run, { authorize: 'admin' }],
      /its options are a function, but they must be an object of upload/,
    ],
    [
      'options at the end',
      [[], {}, run, { authorize: 'admin' }],
      /takes its schemas, its options and run, and nothing behind/,
    ],
    ['null for options', [[], null, run], /its options are null, but/],
  ])('%s is an error where it is declared', (_what, args, text) => {
    expectRefusal(() => loose.method(...args), new RegExp(`^method: .*${text.source}`));
    expectRefusal(() => loose.stream(...args), new RegExp(`^stream: .*${text.source}`));
  });

  test('every schema that follows the standard will do, and undefined is no option', () => {
    const own = { '~standard': { version: 1, vendor: 'own', validate: (value: unknown) => ({ value }) } } as const;
    expect(() => method([own], { timeoutMs: 0, upload: [own], authorize: ['admin', 'anon'] }, run)).not.toThrow();
    expect(() => loose.method([], { timeoutMs: undefined }, run)).not.toThrow();
    expect(() => loose.method([], undefined, run)).not.toThrow();
  });

  test('a copy of a method with a misspelt right is an error where it is mounted', () => {
    const copy = { ...method([], run), authorise: 'admin' };
    const hub = createHub({ methods: { Wipe: copy } });
    expectRefusal(
      () => createServer({ hubs: { '/a': hub } }),
      /^\/a: methods\.Wipe: there is no option authorise\. Did you mean authorize/,
    );
  });
});

describe('a hub', () => {
  test.each([
    [
      'a misspelt right',
      { methods: {}, authorise: 'admin' },
      /there is no option authorise\. Did you mean authorize\?/,
    ],
    [
      'a hook that is none',
      { methods: {}, onConnect: run },
      /there is no option onConnect\. Did you mean onConnected\?/,
    ],
    ['the other hook', { methods: {}, onDisconnect: run }, /Did you mean onDisconnected\?/],
    [
      'a hook that is no function',
      { methods: {}, onConnected: 'log' },
      /onConnected is a text, but it must be a function/,
    ],
    ['a right that is none', { methods: {}, authorize: 5 }, /authorize is 5, but it must be/],
    ['no methods', {}, /methods is missing\. It must be methods by their names/],
    ['nothing', undefined, /methods is missing/],
    ['methods in a list', { methods: [method([], run)] }, /methods is a list, but it must be methods by their names/],
    [
      'a misspelt option',
      { methods: {}, options: { pollTimeout: 1 } },
      /no option options\.pollTimeout\. Did you mean pollTimeoutMs/,
    ],
    [
      'an option that is none',
      { methods: {}, options: { detailedErrors: 'no' } },
      /options\.detailedErrors is "no", but it must be true/,
    ],
    ['filters that are none', { methods: {}, filters: {} }, /filters is an object, but it must be a list of filters/],
    [
      'a filter with a misspelt hook',
      { methods: {}, filters: [{ invok: run }] },
      /no option filters\[0\]\.invok\. Did you mean invoke/,
    ],
  ])('with %s is an error where it is made', (_what, parts, text) => {
    expectRefusal(() => createHub(parts), new RegExp(`^createHub: .*${text.source}`));
  });

  test.each([
    [
      'a lifetime in another case',
      { lifetime: 'Connection' },
      /lifetime is "Connection", but it must be one of connection, server, invo/,
    ],
    ['a state that is made already', { state: { count: 0 } }, /state is an object, but it must be a function/],
    ['a shared value that is made already', { shared: new Map() }, /shared is a Map, but it must be a function/],
    ['a misspelt state', { states: run }, /there is no option states\. Did you mean state\?/],
    ['parts of the second step', { methods: {} }, /there is no option methods\. Known: /],
    ['null', null, /its options are null, but/],
  ])('whose setup has %s is an error there', (_what, setup, text) => {
    expectRefusal(() => loose.setupHub(setup), new RegExp(`^setupHub: .*${text.source}`));
  });

  test('that was copied with a misspelt right is an error where it is mounted', () => {
    const copy = { ...createHub({ methods: {} }), authorise: 'admin' };
    expectRefusal(
      () => createServer({ hubs: { '/a': copy } }),
      /^\/a: there is no option authorise\. Did you mean authorize\?/,
    );
  });

  test('has options that fit the server’s', () => {
    const hub = () => createHub({ methods: {}, options: { maximumReceiveMessageBytes: 2_048 } });
    expectRefusal(
      () => createServer({ hubs: { '/a': hub() }, hubOptions: { maximumFrameBytes: 1_024 } }),
      /^\/a: maximumFrameBytes is 1024, but it must be a whole number from 2048, which is maximumReceiveMessageBytes, to/,
    );
    expect(() =>
      createServer({ hubs: { '/a': hub() }, hubOptions: { maximumReceiveMessageBytes: 2 ** 30 } }),
    ).not.toThrow();
  });
});
