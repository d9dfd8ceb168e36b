// Values that the official client sends for `undefined`: null in a list of arguments, nil in MessagePack, no item in JSON.
import { Subject } from '@microsoft/signalr';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, setupHub, stream } from '../../src/index.ts';
import { collect } from '../support/client-streams.ts';
import { connect, openRaw } from '../support/clients.ts';
import { startServer } from '../support/test-server.ts';
import { by, TRANSPORT_PROTOCOLS } from '../support/transport-protocols.ts';

/** The values that a method received, with `undefined` as a text so that JSON can show it. */
const shown = (...values: readonly unknown[]) => values.map((value) => (value === undefined ? 'undefined' : value));

/** An asynchronous schema, as one that reads from a database. */
const asked = z.string().refine(async (name) => name.length > 1, 'too short');

const hub = setupHub({}).createHub({
  options: { detailedErrors: true },
  methods: {
    List: method([z.string(), z.number().default(20), z.string().optional()], (_hub, ...args) => shown(...args)),
    Keep: method([z.string().nullish(), z.unknown(), z.null().or(z.undefined())], (_hub, ...args) => shown(...args)),
    Valibot: method([v.optional(v.number(), 20), v.optional(v.string())], (_hub, ...args) => shown(...args)),
    Arktype: method([type('number').or('undefined'), z.number()], (_hub, ...args) => shown(...args)),
    Async: method([asked.default('somebody'), asked.optional()], (_hub, ...args) => shown(...args)),
    Count: stream([z.number().default(3)], async function* (_hub, count) {
      for (let n = 0; n < count; n++) yield n;
    }),
    Upload: method([], { upload: [z.number().default(5)] }, async (_hub, numbers) => {
      const all: unknown[] = [];
      for await (const number of numbers) all.push(number);
      return all;
    }),
    Nulls: method([], { upload: [z.number().nullable()] }, async (_hub, numbers) => {
      const all: unknown[] = [];
      for await (const number of numbers) all.push(number);
      return shown(...all);
    }),
    Properties: method([z.object({ at: z.number().optional() })], (_hub, { at }) => shown(at)),
  },
});

/** Streams these items to a method, and resolves with its answer. */
async function upload(client: Awaited<ReturnType<typeof connect>>, name: string, ...items: readonly unknown[]) {
  const subject = new Subject<unknown>();
  const answer = client.invoke<unknown>(name, subject);
  for (const item of items) subject.next(item);
  subject.complete();
  return answer;
}

describe.each(TRANSPORT_PROTOCOLS)('over %s, in %s, undefined', (...way) => {
  const connected = async () => {
    const { url } = await startServer({ '/hub': hub });
    return connect(url('/hub'), by(way));
  };

  test('is undefined to a method, in the middle and at the end', async () => {
    const client = await connected();
    expect(await client.invoke('List', 'a', undefined, 'z')).toEqual(['a', 20, 'z']);
    expect(await client.invoke('List', 'a', undefined, undefined)).toEqual(['a', 20, 'undefined']);
    expect(await client.invoke('List', 'a')).toEqual(['a', 20, 'undefined']);
    expect(await client.invoke('Valibot', undefined, undefined)).toEqual([20, 'undefined']);
    expect(await client.invoke('Arktype', undefined, 1)).toEqual(['undefined', 1]);
    expect(await collect(client.stream('Count', undefined))).toEqual({ items: [0, 1, 2] });
  });

  test('is undefined to schemas that take their time', async () => {
    const client = await connected();
    expect(await client.invoke('Async', undefined, undefined)).toEqual(['somebody', 'undefined']);
    expect(await client.invoke('Async', 'ann', undefined)).toEqual(['ann', 'undefined']);
    await expect(client.invoke('Async', undefined, 'x')).rejects.toThrow('Argument 2: too short');
  });

  test('is undefined among the items of an upload', async () => {
    const client = await connected();
    expect(await upload(client, 'Upload', 1, undefined, 3)).toEqual([1, 5, 3]);
    expect(await upload(client, 'Nulls', 1, undefined, null)).toEqual([1, null, null]);
    expect(await client.invoke('List', 'a')).toEqual(['a', 20, 'undefined']);
  });

  test('is null where that fits, and refused as null where neither does; a null in an object stays one', async () => {
    const client = await connected();
    expect(await client.invoke('Keep', undefined, undefined, undefined)).toEqual([null, null, null]);
    expect(await client.invoke('Keep', null, null, null)).toEqual([null, null, null]);
    await expect(client.invoke('List', undefined, 1)).rejects.toThrow(
      'Argument 1: Invalid input: expected string, received null',
    );
    await expect(client.invoke('Properties', { at: null })).rejects.toThrow('expected number, received null');
  });
});

test('an item that is absent means something to an upload only, running, waiting or over', async () => {
  const { port } = await startServer({ '/hub': hub });
  const client = await openRaw(port);
  client.send({ type: 1, invocationId: 'u', target: 'Upload', arguments: [], streamIds: ['s'] });
  for (let n = 0; n < 2; n++) client.send({ type: 2, invocationId: 's' });
  client.send({ type: 3, invocationId: 's' });
  expect(await client.records.first(({ invocationId }) => invocationId === 'u')).toMatchObject({ result: [5, 5] });
  // The client had this stream, and may not know that it has ended.
  client.send({ type: 2, invocationId: 's' });
  expect(await client.invoke('List', 'a')).toMatchObject({ result: ['a', 20, 'undefined'] });
  client.send({ type: 2, invocationId: 'never' });
  const { error } = await client.records.first(({ type: kind }) => kind === 7);
  expect(error).toMatch(/Missing required property 'item'\.$/);
});
