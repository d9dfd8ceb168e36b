import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Moderator } from '../../src/hub/moderator.ts';
import { type HubClients, HubError, method, setupHub, stream } from '../../src/index.ts';
import { defer } from '../../src/promises.ts';
import { MemoryServer, type MemoryServerOptions, NOTHING_LEFT } from '../support/memory-server.ts';
import { readEnvelope } from '../support/plain-protocol.ts';
import { any } from '../support/schemas.ts';
import { crashAtPing } from '../support/sessions.ts';

interface Listener {
  Said(text: string): void;
  Confirm(question: string): boolean;
}

function server({ hubOptions, ...options }: MemoryServerOptions = {}, moderate: readonly Moderator[] = []) {
  const events: string[] = [];
  const hub = setupHub({ client: {} as Listener }).createHub({
    moderate,
    methods: {
      Say: method([z.string()], (hub, text) => hub.clients.all.send('Said', text)),
      Echo: method([any<unknown>()], (_hub, value) => value),
      Wait: method([], () => new Promise(() => {})),
      Refuse: method([], () => {
        throw new HubError('No.');
      }),
      Ask: method([any<string>()], async (hub, question) => {
        const answer = await hub.clients.caller.invoke('Confirm', question).catch(({ message }: Error) => message);
        return { answer };
      }),
      Sum: method([], { upload: [any<number>()] }, async () => 0),
      Admin: method([], { authorize: 'admin' }, () => 1),
      Up: stream([any<number>()], async function* (hub, to) {
        for (let at = 1; at <= to && !hub.signal.aborted; at++) yield at;
      }),
      Forever: stream([], async function* (hub) {
        yield 'first';
        await new Promise((resolve) => hub.signal.addEventListener('abort', resolve));
        events.push('stream ended');
      }),
      Break: stream([], async function* () {
        yield 1;
        throw new HubError('Broken.');
      }),
    },
    onConnected: (hub) => void events.push(`connected in ${hub.request.protocol}`),
    onDisconnected: (_hub, { name }) => void events.push(`disconnected: ${name}`),
  });
  const memory = new MemoryServer(hub, { hubOptions: { plain: true, ...hubOptions }, ...options });
  return { events, memory };
}

async function opened(options?: MemoryServerOptions, moderate?: readonly Moderator[]) {
  const started = server(options, moderate);
  const peer = started.memory.openPlain();
  await started.memory.settle();
  const call = async (target: string, args: readonly unknown[] = [], id = '1') => {
    peer.client.invoke(target, args, id);
    await started.memory.settle();
    return peer.client.records.filter(({ invocationId }) => invocationId === id);
  };
  return { ...started, peer, client: peer.client, call };
}

describe('a plain client', () => {
  test('is connected at once, in the protocol plain', async () => {
    const { events, client } = await opened();
    expect(events).toEqual(['connected in plain']);
    expect(client.records).toEqual([]);
  });

  test('is answered: results, errors, methods that are not there, rights, arguments that do not fit', async () => {
    const { call } = await opened();
    expect(await call('echo', [{ a: 1 }], 'a')).toEqual([{ type: 3, invocationId: 'a', result: { a: 1 } }]);
    expect(await call('Say', ['x'], 'b')).toEqual([{ type: 3, invocationId: 'b', result: null }]);
    expect(await call('Refuse', [], 'c')).toMatchObject([{ error: expect.stringMatching(/HubException: No\.$/) }]);
    expect(await call('Nope', [], 'd')).toMatchObject([{ error: expect.stringMatching(/Method does not exist/) }]);
    expect(await call('Admin', [], 'e')).toMatchObject([{ error: expect.stringMatching(/unauthorized/) }]);
    expect(await call('Say', [1], 'f')).toMatchObject([{ error: expect.stringMatching(/Failed to invoke 'Say'/) }]);
  });

  test('gets no answer to a call without an id', async () => {
    const { client, memory } = await opened();
    client.invoke('Echo', [1]);
    client.invoke('Nope', []);
    client.invoke('Up', [3]);
    await memory.settle();
    expect(client.records).toEqual([]);
  });

  test('is told that it cannot upload, if it may call the method at all', async () => {
    const { call } = await opened();
    expect(await call('Sum')).toMatchObject([{ error: expect.stringMatching(/which plain clients cannot send/) }]);
  });

  test('gets a stream as items and a result, if it calls it with an id', async () => {
    const { call } = await opened();
    expect(await call('up', [2], 'a')).toEqual([
      { type: 2, invocationId: 'a', item: 1 },
      { type: 2, invocationId: 'a', item: 2 },
      { type: 3, invocationId: 'a', result: null },
    ]);
    expect(await call('Break', [], 'b')).toMatchObject([{ item: 1 }, { error: expect.stringMatching(/Broken/) }]);
  });

  test('ends a stream by its id', async () => {
    const { call, client, events, memory } = await opened();
    await call('Forever', [], 'a');
    client.cancel('a');
    await memory.settle();
    expect(client.items('a')).toEqual(['first']);
    expect(client.completions('a')).toHaveLength(1);
    expect(events).toContain('stream ended');
  });

  test('is asked for a client result, which it gives or refuses', async () => {
    const { call, client, memory } = await opened();
    await call('Ask', ['sure?'], 'a');
    await call('Ask', ['really?'], 'b');
    const [first, second] = client.requestedResults;
    expect([first?.arguments, second?.arguments]).toEqual([['sure?'], ['really?']]);
    client.complete(first?.invocationId as string, { result: true });
    client.complete(second?.invocationId as string, { error: 'never' });
    await memory.settle();
    expect(client.completions('a')).toMatchObject([{ result: { answer: true } }]);
    expect(client.completions('b')).toMatchObject([{ result: { answer: expect.stringContaining('never') } }]);
  });

  test('gets the same messages in the same order as clients of SignalR, encoded once', async () => {
    const { client, memory, peer } = await opened();
    const json = await memory.connect();
    const other = memory.openPlain();
    await memory.settle();
    for (const text of ['a', 'b', 'c']) json.client.invoke('Say', [text]);
    await memory.settle();
    for (const each of [client, json.client, other.client]) expect(each.calls('Said')).toEqual([['a'], ['b'], ['c']]);
    // One write, and the same memory for both: a run is framed once.
    expect(peer.transport.frames).toHaveLength(1);
    expect(peer.transport.frames[0]).toBe(other.transport.frames[0]);
  });
});

describe('the timestamp', () => {
  /** Timestamps of everything that a plain client has been sent. */
  const stamps = (frames: readonly Buffer[]) =>
    frames.map((frame) => readEnvelope(frame.subarray(frame.indexOf('{'))).timestamp);

  test('is the moment of the commit, the same for all, also for a message that was held', async () => {
    const verdict = defer<undefined>();
    const { memory, peer, client } = await opened({}, [() => verdict.promise]);
    client.invoke('Say', ['held']);
    await memory.settle();
    const late = memory.openPlain();
    await memory.pass(4_000);
    const committedAt = new Date(memory.clock.wallNow()).toISOString();
    verdict.resolve(undefined);
    await memory.settle();
    expect(stamps(peer.transport.frames)).toEqual([committedAt]);
    expect(stamps(late.transport.frames)).toEqual([committedAt]);
  });

  test('of an answer is the moment at which it is written', async () => {
    const { call, memory, peer } = await opened();
    await memory.pass(3_000);
    await call('Echo', [1]);
    expect(stamps(peer.transport.frames)).toEqual([new Date(memory.clock.wallNow()).toISOString()]);
  });
});

describe('a message that means nothing', () => {
  test('is answered with an error, and the connection goes on', async () => {
    const { call, client, memory } = await opened();
    client.sendGarbage('');
    await memory.settle();
    expect(client.records).toEqual([{ error: expect.stringContaining('JSON') }]);
    expect(await call('Echo', [1])).toMatchObject([{ result: 1 }]);
  });

  test('ends the connection, if it is the hundredth within ten seconds', async () => {
    const { client, events, memory } = await opened();
    for (let sent = 0; sent < 99; sent++) client.sendGarbage('');
    await memory.settle();
    expect(client.records).toHaveLength(99);
    await memory.pass(9_900);
    client.sendGarbage('');
    await memory.settle();
    expect(client.closeRecord).toMatchObject({ reason: 'protocol-error', allowReconnect: true });
    expect(client.closeCode).toBe(1008);
    expect(events).toContain('disconnected: protocol-error');
  });

  test('does not, if it comes later', async () => {
    const { client, memory } = await opened();
    for (let sent = 0; sent < 99; sent++) client.sendGarbage('');
    await memory.pass(10_000);
    for (let sent = 0; sent < 99; sent++) client.sendGarbage('');
    await memory.settle();
    expect(client.closeRecord).toBeUndefined();
    expect(client.records).toHaveLength(198);
  });
});

describe('the WebSocket of a plain client', () => {
  const hubOptions = { keepAliveIntervalMs: 15_000, clientTimeoutMs: 30_000 };

  test('is pinged, and stays while the client answers', async () => {
    const { client, memory } = await opened({ hubOptions });
    await memory.pass(120_000);
    expect(client.pings).toBe(8);
    expect(client.isEnded).toBe(false);
    expect(client.records).toEqual([]);
  });

  test('is pinged as rarely as the hub likes, and the answer has time', async () => {
    const { client, memory } = await opened({ hubOptions: { keepAliveIntervalMs: 600_000, clientTimeoutMs: 30_000 } });
    await memory.pass(1_230_000);
    expect([client.pings, client.isEnded]).toEqual([2, false]);
    client.answersPings = false;
    await memory.pass(595_000);
    expect(client.closeRecord).toBeUndefined();
    await memory.pass(8_000);
    expect(client.closeRecord).toMatchObject({ reason: 'client-timeout' });
  });

  test('ends when the client has answered nothing and sent nothing', async () => {
    const { client, memory } = await opened({ hubOptions });
    client.answersPings = false;
    await memory.pass(29_000);
    expect(client.closeRecord).toBeUndefined();
    await memory.pass(2_000);
    expect(client.closeRecord).toMatchObject({ reason: 'client-timeout', allowReconnect: true });
    expect(client.closeCode).toBe(4001);
  });

  test('stays while the client sends something, without a pong', async () => {
    const { client, memory } = await opened({ hubOptions });
    client.answersPings = false;
    for (let round = 0; round < 6; round++) {
      await memory.pass(20_000);
      client.invoke('Say', ['still here']);
      await memory.settle();
    }
    expect(client.closeRecord).toBeUndefined();
  });

  test('stays while the client reads slowly what stands in front of the ping', async () => {
    const { client, events, memory } = await opened({ hubOptions });
    const { all } = memory.host.hub.context.clients as HubClients<Listener>;
    client.stall();
    for (let sent = 0; sent < 12; sent++) void all.send('Said', 'x'.repeat(70_000));
    await memory.settle();
    // Its answers to pings come later than it has time.
    client.answersPings = false;
    for (let seconds = 0; seconds < 55; seconds += 5) {
      client.take(75_000);
      await memory.pass(5_000);
    }
    client.answersPings = true;
    client.flow();
    await memory.pass(60_000);
    expect(events).toEqual(['connected in plain']);
  });

  test('stays while the server itself has paused reading it', async () => {
    const { client, memory, peer } = await opened({ hubOptions: { ...hubOptions, invocationTimeoutMs: 0 } });
    // The only call that runs does not end, so that the mailbox fills up.
    for (let sent = 0; sent < 200; sent++) client.invoke('Wait', []);
    client.answersPings = false;
    await memory.pass(60_000);
    expect(peer.transport.isPaused).toBe(true);
    expect(client.closeRecord).toBeUndefined();
  });

  test('is told the end with its reason, and a code for it', async () => {
    const { events, memory, peer, client } = await opened();
    memory.host.hub.context.clients.client(peer.id).abort();
    await memory.settle();
    expect(client.closeRecord).toEqual({ type: 7, reason: 'aborted', allowReconnect: false });
    expect(client.closeCode).toBe(1000);
    expect(events).toContain('disconnected: aborted');
    await memory.parts.close({ drainMs: 0 });
    expect(memory.leftovers()).toEqual(NOTHING_LEFT);
  });

  type Opened = Awaited<ReturnType<typeof opened>>;
  const ENDS: readonly [string, number, string, (open: Opened) => unknown][] = [
    ['the server drains', 1001, 'server-draining', ({ memory }) => memory.parts.close({ drainMs: 0 })],
    ['it sends too much', 1009, 'message-too-large', ({ client }) => client.send('x'.repeat(40_000))],
    ['its actor crashes', 1011, 'actor-crashed', ({ peer }) => crashAtPing(peer.connection, new Error('bug'))],
  ];

  test.each(ENDS)('is closed with a code of its own when %s', async (_what, code, reason, end) => {
    const open = await opened();
    void end(open);
    await open.memory.settle();
    expect(open.client.closeRecord).toMatchObject({ reason });
    expect(open.client.closeCode).toBe(code);
  });
});

test('no target on a plain hub may be called as an envelope that means something else', async () => {
  const { memory } = server();
  const { clients } = memory.host.hub.context;
  for (const name of ['result', 'error', 'item', 'cancel', 'close', 'Close']) {
    const all = clients.all as { send(name: string): Promise<void> };
    await expect(all.send(name)).rejects.toThrow(`'${name}' cannot be a method of clients`);
    const one = clients.client('c0') as { invoke(name: string): Promise<void> };
    await expect(one.invoke(name)).rejects.toThrow(`'${name}' cannot be a method of clients`);
  }
  const signalR = server({ hubOptions: { plain: false } });
  const all = signalR.memory.host.hub.context.clients.all as { send(name: string): Promise<void> };
  await expect(all.send('close')).resolves.toBeUndefined();
});
