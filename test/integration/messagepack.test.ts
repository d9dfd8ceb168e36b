import { HubConnectionState } from '@microsoft/signalr';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { HubError, method, setupHub } from '../../src/index.ts';
import { callsTo, clientOf, closed, connect, inMessagePack, openRaw, withoutNegotiation } from '../support/clients.ts';
import { packed } from '../support/messagepack-records.ts';
import { startServer } from '../support/test-server.ts';
import { Opcode } from '../support/websocket-frames.ts';

interface Listener {
  Heard(value: unknown): void;
}

const hub = () =>
  setupHub({ client: {} as Listener }).createHub({
    onConnected: (hub) => hub.groups.add(hub.connectionId, 'room'),
    methods: {
      WhoAmI: method([], ({ connectionId, request }) => ({
        id: connectionId,
        by: request.transport,
        as: request.protocol,
      })),
      Echo: method([z.unknown()], (_hub, value) => value),
      /** The size of bytes: binary in MessagePack, base64 in JSON. */
      Size: method(
        [z.union([z.instanceof(Uint8Array), z.base64().transform((text) => Buffer.from(text, 'base64'))])],
        (_hub, bytes) => bytes.length,
      ),
      Reversed: method([z.instanceof(Uint8Array)], (_hub, bytes) => bytes.toReversed()),
      /** The same instant in every protocol. */
      NextDay: method([z.coerce.date()], (_hub, date) => new Date(date.getTime() + 86_400_000)),
      Tell: method([z.unknown()], ({ clients }, value) => clients.group('room').send('Heard', value)),
      TellDate: method([], ({ clients }) =>
        clients.group('room').send('Heard', { at: new Date(1_000), bytes: Uint8Array.of(1, 2, 3) }),
      ),
      Whisper: method([], ({ clients }) => clients.caller.send('Heard', 'psst')),
      Nothing: method([], () => {}),
      Refuse: method([], () => {
        throw new HubError('not today');
      }),
      Break: method([], () => {
        throw new Error('a secret');
      }),
      Unsendable: method([], () => [Number.NaN]),
      TellUnsendable: method([], ({ clients }) => clients.all.send('Heard', 1n)),
      Leave: method([], (hub) => hub.abort()),
    },
  });

describe('the official client with its MessagePack protocol', () => {
  test('starts, is known by what it speaks, and stops', async () => {
    const { url, server } = await startServer({ '/hub': hub() });
    const client = clientOf(url('/hub'), inMessagePack());
    await client.start();
    expect(await client.invoke('WhoAmI')).toEqual({ id: client.connectionId, by: 'WebSockets', as: 'messagepack' });
    const other = await connect(url('/hub'));
    expect(await other.invoke('WhoAmI')).toMatchObject({ as: 'json' });
    expect([...server.connections()].map(({ request }) => request.protocol)).toEqual(['messagepack', 'json']);
    await client.stop();
    expect(client.state).toBe(HubConnectionState.Disconnected);
  });

  test('connects by WebSocket alone, and starts again after it was stopped', async () => {
    const { url } = await startServer({ '/hub': hub() });
    const client = await connect(url('/hub'), { ...withoutNegotiation, ...inMessagePack() });
    expect(await client.invoke('Echo', 1)).toBe(1);
    await client.stop();
    await client.start();
    expect(await client.invoke('Echo', 2)).toBe(2);
  });

  test.each([
    ['text beyond ASCII', 'Grüße, 世界, 👩‍👩‍👧, \u2028, \u0000, \u001e'],
    ['a long text', 'é'.repeat(10_000)],
    ['nested data', { list: [1, -2.5, [true, null]], empty: {}, text: '' }],
    ['null', null],
    [
      'numbers at the ends',
      [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, Number.MIN_VALUE, Number.MAX_VALUE, -32, 2 ** 31, -(2 ** 31)],
    ],
    ['bytes', Uint8Array.from({ length: 20_000 }, (_, at) => at % 256)],
    ['bytes and dates inside', [{ bytes: Uint8Array.of(), at: [new Date(1_582_695_486_789), new Date(-1)] }]],
    ['keys with a meaning to JavaScript', { constructor: 1, toString: 2 }],
  ])('gets back what it sent: %s', async (_what, value) => {
    const { url } = await startServer({ '/hub': hub() });
    const client = await connect(url('/hub'), inMessagePack());
    expect(await client.invoke('Echo', value)).toEqual(value);
  });

  test('gets null for a method that returns nothing, and 50 answers to 50 calls', async () => {
    const { url } = await startServer({ '/hub': hub() });
    const client = await connect(url('/hub'), inMessagePack());
    expect(await client.invoke('Nothing')).toBeNull();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => client.invoke('Echo', n)));
    expect(answers).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  test('sends bytes and dates as such to the same methods as a client of JSON', async () => {
    const { url } = await startServer({ '/hub': hub() });
    const [binary, text] = [await connect(url('/hub'), inMessagePack()), await connect(url('/hub'))];
    expect(await binary.invoke('Size', Uint8Array.of(1, 2, 3))).toBe(3);
    expect(await text.invoke('Size', 'AQID')).toBe(3);
    expect(await binary.invoke('Reversed', Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(3, 2, 1));
    expect(await binary.invoke('NextDay', new Date(0))).toEqual(new Date(86_400_000));
    expect(await text.invoke('NextDay', new Date(0))).toBe('1970-01-02T00:00:00.000Z');
  });

  test('hears what is said to a group of both protocols, each in its own', async () => {
    const definition = hub();
    const { url, server } = await startServer({ '/hub': definition });
    const [binary, text] = [await connect(url('/hub'), inMessagePack()), await connect(url('/hub'))];
    const [heard, read] = [callsTo<[unknown]>(binary, 'Heard'), callsTo<[unknown]>(text, 'Heard')];
    await text.invoke('TellDate');
    await binary.invoke('Tell', { from: 'binary', list: [1, 'zwölf', null] });
    await text.invoke('Tell', 'from text');
    await binary.invoke('Whisper');
    await server.context(definition).clients.group('room').send('Heard', 'from outside');
    expect(await heard.until(5)).toEqual([
      [{ at: new Date(1_000), bytes: Uint8Array.of(1, 2, 3) }],
      [{ from: 'binary', list: [1, 'zwölf', null] }],
      ['from text'],
      ['psst'],
      ['from outside'],
    ]);
    expect(await read.until(4)).toEqual([
      [{ at: '1970-01-01T00:00:01.000Z', bytes: 'AQID' }],
      [{ from: 'binary', list: [1, 'zwölf', null] }],
      ['from text'],
      ['from outside'],
    ]);
  });

  test('gets the errors that a client of JSON gets', async () => {
    const { url } = await startServer({ '/hub': hub() });
    const [binary, text] = [await connect(url('/hub'), inMessagePack()), await connect(url('/hub'))];
    for (const [name, ...args] of [
      ['Refuse'],
      ['Break'],
      ['Nope'],
      ['Size', 7],
      ['Size'],
      ['Unsendable'],
      ['TellUnsendable'],
    ] as const) {
      const errors = await Promise.all(
        [binary, text].map((client) =>
          client.invoke(name, ...args).then(
            () => 'no error',
            (error: Error) => error.message,
          ),
        ),
      );
      expect(errors[0], name).toMatch(/on the server\./);
      expect(errors[0], name).toBe(errors[1]);
      expect(errors[0], name).not.toContain('secret');
    }
    expect(await binary.invoke('Echo', 'still here')).toBe('still here');
  });

  test('is told when the server ends it, and comes back when it was invited', async () => {
    const { url, server } = await startServer({ '/hub': hub() });
    const left = await connect(url('/hub'), inMessagePack());
    const over = closed(left);
    left.send('Leave').catch(() => {});
    expect(await over).toBeUndefined();

    const invited = clientOf(url('/hub'), { ...inMessagePack(), retryDelays: [0, 0, 0] });
    await invited.start();
    const back = new Promise<string | undefined>((resolve) => invited.onreconnected(resolve));
    for (const connection of server.connections()) connection.abort({ allowReconnect: true });
    expect(await back).toBe(invited.connectionId);
    expect(await invited.invoke('WhoAmI')).toMatchObject({ as: 'messagepack' });
  });

  test('is told that it has sent too much', async () => {
    const { url } = await startServer({ '/hub': hub() }, { hubOptions: { maximumReceiveMessageBytes: 1_000 } });
    const client = await connect(url('/hub'), inMessagePack());
    expect(await client.invoke('Echo', 'x'.repeat(900))).toHaveLength(900);
    const over = closed(client);
    client.send('Echo', 'x'.repeat(1_000)).catch(() => {});
    expect((await over)?.message).toBe('Server returned an error on close: Connection closed with an error.');
  });
});

describe('a client on a bare socket', () => {
  const CLOSED = { type: 7, error: 'Connection closed with an error.', allowReconnect: true };
  const ask = { type: 1, invocationId: '1', target: 'Echo', arguments: [1] };

  test('finds a protocol by its name in any case, in versions 1 and 2, unless the hub leaves it out', async () => {
    const { port } = await startServer({
      '/hub': hub(),
      '/text': setupHub({}).createHub({ methods: {}, options: { protocols: ['json'] } }),
      '/bytes': setupHub({}).createHub({ methods: {}, options: { protocols: ['messagepack'] } }),
    });
    const answerTo = async (path: string, protocol: string, version: number) => {
      const client = await openRaw(port, { path, handshake: false });
      client.text(`${JSON.stringify({ protocol, version })}\x1e`);
      const [answer] = await client.records.until(1);
      return answer;
    };
    expect(await answerTo('/hub', 'messagepack', 1)).toEqual({});
    expect(await answerTo('/hub', 'MessagePack', 2)).toEqual({});
    expect(await answerTo('/bytes', 'messagepack', 1)).toEqual({});
    expect(await answerTo('/hub', 'messagepack', 3)).toEqual({
      error: "The server does not support version 3 of the 'messagepack' protocol.",
    });
    expect(await answerTo('/text', 'messagepack', 1)).toEqual({
      error: "The protocol 'messagepack' is not supported.",
    });
    expect(await answerTo('/bytes', 'json', 1)).toEqual({ error: "The protocol 'json' is not supported." });
  });

  test('may send several records in one message, one in several, and the first together with the handshake', async () => {
    const { port } = await startServer({ '/hub': hub() });
    const client = await openRaw(port, { handshake: false });
    const two = Buffer.concat([packed(1, {}, 'a', 'Echo', ['one']), packed(1, {}, 'b', 'Echo', ['two'])]);
    client.frame(
      Opcode.binary,
      Buffer.concat([Buffer.from('{"protocol":"messagepack","version":1}\x1e'), two.subarray(0, 20)]),
    );
    client.frame(Opcode.binary, two.subarray(20));
    expect(await client.records.until(3)).toEqual([
      {},
      { type: 3, invocationId: 'a', result: 'one' },
      { type: 3, invocationId: 'b', result: 'two' },
    ]);
  });

  test('may send them as text, as far as they are', async () => {
    const { port } = await startServer({ '/hub': hub() });
    // 123 bytes of JSON would look like the beginning of a MessagePack record; a lone length is valid text as well.
    const client = await openRaw(port, { protocol: 'messagepack' });
    client.text(packed(1, {}, '1', 'Echo', [1]).subarray(0, 1));
    client.frame(Opcode.binary, packed(1, {}, '1', 'Echo', [1]).subarray(1));
    expect(await client.records.until(1)).toEqual([{ type: 3, invocationId: '1', result: 1 }]);
    // A text frame must be UTF-8: a rule of WebSockets.
    client.frame(Opcode.text, packed(6));
    expect((await client.ended).code).toBe(1007);
  });

  test('that speaks JSON may send it in binary messages', async () => {
    const { port } = await startServer({ '/hub': hub() });
    const client = await openRaw(port);
    client.frame(Opcode.binary, `${JSON.stringify(ask)}\x1e`);
    expect(await client.records.until(1)).toEqual([{ type: 3, invocationId: '1', result: 1 }]);
  });

  test.each([
    ['no message', packed('hello'), ''],
    ['an empty record', Buffer.from([0]), ''],
    ['a number instead of a map of headers', packed(1, 2, '1', 'Echo', [2], []), ''],
    ['a call of nobody', packed(1, {}, '1', '', [2], []), ''],
    ['JSON', Buffer.from(`${JSON.stringify({ ...ask, arguments: ['x'.repeat(100)] })}\x1e`), ''],
    ['a length of 2 GiB', Buffer.from('8080808008', 'hex'), 'Messages over 2GB in size are not supported.'],
    [
      'a length of 2 GiB less one',
      Buffer.from('ffffffff07', 'hex'),
      'The maximum message size of 32768B was exceeded.',
    ],
    [
      'a record of 32,769 bytes',
      packed(1, {}, '1', 'Echo', ['x'.repeat(32_752)]),
      'The maximum message size of 32768B was exceeded.',
    ],
  ])('is closed with an error for %s, and its honest call before it is answered', async (_what, bytes, detail) => {
    const { port } = await startServer({ '/hub': hub() });
    const client = await openRaw(port, { protocol: 'messagepack' });
    client.send(ask);
    client.frame(Opcode.binary, bytes);
    client.send({ ...ask, invocationId: '2' });
    expect((await client.ended).code).toBe(1000);
    expect(client.records.all).toEqual([{ type: 3, invocationId: '1', result: 1 }, CLOSED]);

    const { port: open } = await startServer({ '/hub': hub() }, { hubOptions: { detailedErrors: true } });
    const told = await openRaw(open, { protocol: 'messagepack' });
    told.frame(Opcode.binary, bytes);
    await told.ended;
    expect(told.records.all[0]?.error).toContain(
      detail === '' ? 'Connection closed with an error. ProtocolError: ' : detail,
    );
  });

  test.each([
    ['arguments that are no list', packed(1, {}, '2', 'Echo', 7)],
    ['an extension of its own', Buffer.from('0f960180a132a44563686f91d4050090', 'hex')],
    ['arguments nested 63 deep', packed(1, {}, '2', 'Echo', [JSON.parse('['.repeat(63) + ']'.repeat(63))])],
  ])('gets an error for %s, and lives on', async (_what, bytes) => {
    const { port } = await startServer({ '/hub': hub() });
    const client = await openRaw(port, { protocol: 'messagepack' });
    client.frame(Opcode.binary, bytes);
    client.send(ask);
    expect(await client.records.until(2)).toEqual([
      { type: 3, invocationId: '2', error: "Failed to invoke 'Echo' due to an error on the server." },
      { type: 3, invocationId: '1', result: 1 },
    ]);
  });

  test('gets its pings as it speaks', async () => {
    const { port } = await startServer({ '/hub': hub() }, { hubOptions: { keepAliveIntervalMs: 100 } });
    const [binary, text] = [await openRaw(port, { protocol: 'messagepack' }), await openRaw(port)];
    expect((await binary.records.until(1))[0]).toEqual({ type: 6 });
    expect((await text.records.until(1))[0]).toEqual({ type: 6 });
  });
});
