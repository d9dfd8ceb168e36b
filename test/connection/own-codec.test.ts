import { describe, expect, test } from 'vitest';
import type { Moderator } from '../../src/hub/moderator.ts';
import { method, setupHub } from '../../src/index.ts';
import { defer } from '../../src/promises.ts';
import { BARE_JSON, bareJsonCodec } from '../support/bare-json.ts';
import { MemoryServer, type MemoryServerOptions, NOTHING_LEFT, type Peer } from '../support/memory-server.ts';
import { any } from '../support/schemas.ts';

interface Listener {
  Said(text: string): void;
}

/** A server whose hub notes what its connections hear, and in which protocol they speak. */
function server(options: MemoryServerOptions = {}, moderate: readonly Moderator[] = []) {
  const events: string[] = [];
  const hub = setupHub({ client: {} as Listener }).createHub({
    moderate,
    methods: {
      Say: method([any<string>()], (hub, text) => hub.clients.all.send('Said', text)),
      Echo: method([any<string>()], (_hub, text) => text),
    },
    onConnected: (hub) => void events.push(`connected in ${hub.request.protocol}`),
    onDisconnected: (_hub, { name }) => void events.push(`disconnected: ${name}`),
  });
  return { events, memory: new MemoryServer(hub, { codecs: [bareJsonCodec], ...options }) };
}

const openBare = (memory: MemoryServer): Peer => memory.openWith(bareJsonCodec, BARE_JSON);
const said = ({ client }: Peer) => client.calls('Said').map(([text]) => text);

describe('a connection that comes with its codec', () => {
  test('is open before its client has sent a byte, and is not answered a handshake', async () => {
    const { events, memory } = server();
    const { client } = openBare(memory);
    await memory.settle();
    expect(events).toEqual(['connected in bare-json']);
    expect(client.records).toEqual([]);
  });

  test('has no time limit for a handshake', async () => {
    const { memory } = server({ hubOptions: { handshakeTimeoutMs: 1_000, keepAliveIntervalMs: 15_000 } });
    const peer = openBare(memory);
    const { client: silent } = memory.open();
    await memory.pass(60_000);
    expect(silent.isEnded).toBe(true);
    expect(peer.client.isEnded).toBe(false);
    expect(peer.client.records).toEqual(Array.from({ length: 4 }, () => ({ type: 6 })));
  });

  test('reads one record from each message, and writes each record as a message', async () => {
    const { memory } = server();
    const { client, transport } = openBare(memory);
    await memory.settle();
    for (const text of ['a', 'b', 'c']) client.invoke('Echo', [text], text);
    await memory.settle();
    expect(client.records).toEqual(['a', 'b', 'c'].map((text) => ({ type: 3, invocationId: text, result: text })));
    // Three messages in one write: each begins with a header of its own.
    const messages = client.records.map((record) => {
      const text = JSON.stringify(record);
      return Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]);
    });
    expect(Buffer.concat(transport.frames).toString('latin1')).toBe(Buffer.concat(messages).toString('latin1'));
    expect(transport.frames).toHaveLength(1);
  });

  test('reads a message when the transport says that it has ended', async () => {
    const { memory } = server();
    const { client, connection } = openBare(memory);
    await memory.settle();
    const record = BARE_JSON.write({ type: 1, target: 'Echo', arguments: ['whole'], invocationId: '1' });
    connection.received(record.subarray(0, 10), false, false);
    connection.received(record.subarray(10), false, false);
    await memory.settle();
    expect(client.records).toEqual([]);
    connection.received(Buffer.alloc(0), true, false);
    await memory.settle();
    expect(client.records).toEqual([{ type: 3, invocationId: '1', result: 'whole' }]);
  });

  test('gets the same broadcasts as clients that shook hands, each in its protocol', async () => {
    const { memory } = server();
    const bare = openBare(memory);
    const json = await memory.connect();
    json.client.invoke('Say', ['from json']);
    await memory.settle();
    bare.client.invoke('Say', ['from bare']);
    await memory.settle();
    expect(said(bare)).toEqual(['from json', 'from bare']);
    expect(said(json)).toEqual(['from json', 'from bare']);
  });

  test('gets a message that a moderator has held, although it opened while the message waited', async () => {
    const verdict = defer<undefined>();
    const { memory } = server({}, [() => verdict.promise]);
    const json = await memory.connect();
    json.client.invoke('Say', ['held']);
    await memory.settle();
    const bare = openBare(memory);
    await memory.settle();
    expect(said(bare)).toEqual([]);
    verdict.resolve(undefined);
    await memory.settle();
    expect([said(json), said(bare)]).toEqual([['held'], ['held']]);
  });

  test('has as many messages in its record as a connection that shook hands', async () => {
    const { memory } = server();
    for (const { client } of [openBare(memory), await memory.connect()]) {
      await memory.settle();
      client.invoke('Echo', ['one'], '1');
      await memory.settle();
      client.close();
      await memory.settle();
    }
    const ends = memory.log.lines.filter(({ text }) => text === 'disconnected');
    expect(ends.map(({ data }) => data)).toMatchObject([
      { messagesIn: 1, messagesOut: 1 },
      { messagesIn: 1, messagesOut: 1 },
    ]);
  });

  test('ends for a message that is none, and leaves nothing behind', async () => {
    const { events, memory } = server();
    const peer = openBare(memory);
    await memory.settle();
    peer.client.sendGarbage('[');
    await memory.settle();
    expect(peer.client.closeRecord).toMatchObject({ type: 7 });
    expect(events).toEqual(['connected in bare-json', 'disconnected: protocol-error']);
    expect(peer.isForgotten).toBe(true);
    await memory.parts.close({ drainMs: 0 });
    expect(memory.leftovers()).toEqual(NOTHING_LEFT);
  });
});
