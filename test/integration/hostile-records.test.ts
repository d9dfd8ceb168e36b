import { describe, expect, test } from 'vitest';
import type { ReadRecord } from '../../src/testing/client-protocol.ts';
import { openRaw } from '../support/clients.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { eventually } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';
import { forbidUncaught, undisturbed } from '../support/undisturbed.ts';

forbidUncaught();

const END = '\x1e';
const CLOSED: ReadRecord = { type: 7, error: 'Connection closed with an error.', allowReconnect: true };
const echo = (id: string, value: unknown) => ({ type: 1, invocationId: id, target: 'Echo', arguments: [value] });

describe('a client whose records are no SignalR is closed with an error, and its neighbour notices nothing', () => {
  test.each([
    ['half of an object', '{"type":1,'],
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '42'],
    ['a text', '"type"'],
    ['an array', '[1,"Echo",[]]'],
    ['an object without a type', '{"target":"Echo","arguments":[1]}'],
    ['a type that is a text', '{"type":"1","target":"Echo","arguments":[1]}'],
    ['a type beyond every number', '{"type":1e400,"target":"Echo","arguments":[1]}'],
    ['a type in the prototype', '{"__proto__":{"type":1},"target":"Echo","arguments":[1]}'],
    ['a call without a target', '{"type":1,"arguments":[1]}'],
    ['a target that is an object', '{"type":1,"target":{"toString":1},"arguments":[1]}'],
    ['a call without arguments', '{"type":1,"target":"Echo"}'],
    ['arguments that are an object', '{"type":1,"target":"Echo","arguments":{"length":1}}'],
    ['arguments with a length of their own', '{"type":1,"target":"Echo","arguments":{"length":1e9,"__proto__":[]}}'],
    ['an id that is a number', '{"type":1,"invocationId":1,"target":"Echo","arguments":[1]}'],
    ['a target that is half a character', '{"type":1,"target":"\\ud800","arguments":[1]}'],
    ['a byte order mark', '\ufeff{"type":6}'],
    ['20,000 opening brackets', '['.repeat(20_000)],
    ['5,000 nested objects', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
    ['an argument nested 65 deep', `{"type":1,"target":"Echo","arguments":[${'['.repeat(63)}${']'.repeat(63)}]}`],
    ['brackets hidden behind a quote that never ends', `{"type":1,"target":"${'['.repeat(1_000)}`],
    ['a record of 32,768 bytes and its end', `{"type":6,"x":"${'x'.repeat(32_768 - 16)}"}`],
    ['32,768 bytes without an end', 'x'.repeat(32_768), ''],
  ])('%s', async (_what, record, end = END) => {
    const { port, server } = await startServer({ '/hub': emptyHub() });
    await undisturbed(port, async () => {
      const hostile = await openRaw(port);
      // A correct call before it is still answered; one after it is not parsed.
      hostile.send(echo('honest', 1));
      hostile.text(record + end + JSON.stringify(echo('late', 2)) + END);
      expect((await hostile.ended).code).toBe(1000);
      expect(hostile.records.all).toEqual([{ type: 3, invocationId: 'honest', result: 1 }, CLOSED]);
    });
    await eventually(() => server.supervisor.size === 1);
  });

  test.each([
    ['no protocol', '{"version":1}'],
    ['a protocol that does not exist', '{"protocol":"__proto__","version":1}'],
    ['a version that is a text', '{"protocol":"json","version":"1"}'],
    ['a version of the future', '{"protocol":"json","version":9007199254740993}'],
    ['no JSON', 'GET / HTTP/1.1'],
    ['null', 'null'],
    ['20,000 opening brackets', '['.repeat(20_000)],
    ['100,000 bytes', 'x'.repeat(100_000)],
  ])('%s as its handshake', async (_what, record) => {
    const { port, server } = await startServer({ '/hub': emptyHub() });
    await undisturbed(port, async () => {
      const hostile = await openRaw(port, { handshake: false });
      hostile.text(record + END + JSON.stringify(echo('late', 2)) + END);
      expect((await hostile.ended).code).toBe(1000);
      expect(hostile.records.all).toHaveLength(1);
      expect(hostile.records.all[0]?.error).toMatch(/handshake|supported|canceled/);
    });
    await eventually(() => server.supervisor.size === 1);
  });
});

describe('a client that is odd, and no more, goes on', () => {
  test('with messages about things that do not exist', async () => {
    const { port } = await startServer({ '/hub': emptyHub() });
    await undisturbed(port, async () => {
      const odd = await openRaw(port);
      odd.send(
        { type: 3, invocationId: 'nothing', result: 1 },
        { type: 2, invocationId: 'nothing', item: 1 },
        { type: 5, invocationId: 'nothing' },
        { type: 8, sequenceId: 99 },
        { type: 9, sequenceId: 99 },
        { type: 99, whatever: true },
        { type: 6 },
      );
      expect(await odd.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
      expect(odd.records.all).toHaveLength(1);
    });
  });

  test('with one id for several calls: each is answered', async () => {
    const { port } = await startServer({ '/hub': emptyHub() });
    const odd = await openRaw(port);
    odd.send(echo('same', 1), echo('same', 2), echo('same', 3));
    await odd.records.until(3);
    expect(odd.records.all.map(({ result }) => result)).toEqual([1, 2, 3]);
  });

  test.each([
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '[{"__proto__":[1]},{"toString":null,"valueOf":null,"toJSON":"x","then":"y"}]',
  ])('with keys that mean something to JavaScript: %s comes back as it was, and changes nothing', async (json) => {
    const { port } = await startServer({ '/hub': emptyHub() });
    const records: string[] = [];
    const odd = await openRaw(port, { onRecord: (record) => records.push(record.toString()) });
    odd.text(`{"type":1,"invocationId":"1","target":"Echo","arguments":[${json}],"__proto__":{"polluted":true}}${END}`);
    await eventually(() => records.length > 0);
    expect(records).toEqual([`{"type":3,"invocationId":"1","result":${json}}`]);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('with headers, streams and fields that nobody asked for', async () => {
    const { port } = await startServer({ '/hub': emptyHub() });
    const odd = await openRaw(port);
    odd.send({ ...echo('1', 'fine'), headers: { a: 'b' }, extra: [1, 2], streamIds: [] });
    expect(await odd.records.until(1)).toMatchObject([{ invocationId: '1', result: 'fine' }]);
    odd.send({ ...echo('2', 'x'), streamIds: ['s1'] });
    const [, second] = await odd.records.until(2);
    expect(second?.error).toContain('Client sent 1 stream(s), Hub method expects 0.');
  });
});
