import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type HubOptions, method, type Rates, setupHub } from '../../src/index.ts';
import { MemoryServer, NOTHING_LEFT, type Peer } from '../support/memory-server.ts';
import { any } from '../support/schemas.ts';

interface Listener {
  Said(text: string): void;
  Told(text: string): void;
  Confirm(): boolean;
}

function serve(rates: Rates, options: HubOptions = {}) {
  const read: unknown[] = [];
  const ends: string[] = [];
  const hub = setupHub({ client: {} as Listener }).createHub({
    methods: {
      Echo: method([any<unknown>()], (_hub, value) => value),
      Say: method([any<string>()], (hub, text) => hub.clients.all.send('Said', text)),
      Tell: method([any<string>()], (hub, text) => hub.clients.caller.send('Told', text)),
      Both: method([], async (hub) => {
        const said = await hub.clients.all.send('Said', 'x').then(
          () => 'said',
          ({ message }: Error) => message,
        );
        const told = await hub.clients.caller.send('Told', 'x').then(
          () => 'told',
          ({ message }: Error) => message,
        );
        return [said, told];
      }),
      Ask: method([], (hub) => hub.clients.caller.invoke('Confirm')),
      Upload: method([], { upload: [z.string()] }, async (_hub, items) => {
        for await (const item of items) read.push(item.length);
        return read.length;
      }),
    },
    onDisconnected: (_hub, { name }) => void ends.push(name),
  });
  const server = new MemoryServer(hub, { hubOptions: { plain: true, invocationTimeoutMs: 0, rates, ...options } });
  let calls = 0;
  /** Errors of this many calls; undefined: the call was answered with a result. */
  const errors = async ({ client }: Peer, target: string, count: number, args: readonly unknown[] = ['x']) => {
    const ids = Array.from({ length: count }, () => `${calls++}`);
    for (const id of ids) client.invoke(target, args, id);
    await server.settle();
    return ids.map((id) => client.completions(id)[0]?.error);
  };
  return { server, hub, read, ends, errors };
}

const ANN = { user: { id: 'ann', roles: [] } };
const passed = (count: number): undefined[] => Array(count).fill(undefined);
/** Error of a call that is refused for its rate. */
const early = (target: string, what: string, ms: number) =>
  `An unexpected error occurred invoking '${target}' on the server. HubException: ${what} (retry after ${ms} ms)`;

describe('calls over the rate', () => {
  test('are answered with an error that says when to try again, and then pass', async () => {
    const { errors, server } = serve({ calls: { perSecond: 2, burst: 3 } });
    const peer = await server.connect();
    expect(await errors(peer, 'echo', 4)).toEqual([...passed(3), early('Echo', 'Too many calls.', 500)]);
    await server.pass(500);
    expect(await errors(peer, 'Echo', 2)).toEqual([undefined, early('Echo', 'Too many calls.', 500)]);
    expect(await errors(peer, 'Nope', 1)).toEqual([early('Nope', 'Too many calls.', 500)]);
  });

  test('are counted for each connection, and for each user over all of them and the next ones', async () => {
    const { errors, server } = serve({ calls: { perSecond: 1, burst: 2 }, perUserFactor: 1.5 });
    const [one, two] = [await server.connect(ANN), await server.connect(ANN)];
    expect(await errors(one, 'Echo', 3)).toEqual([...passed(2), expect.stringContaining('retry after 1000 ms')]);
    expect(await errors(two, 'Echo', 2)).toEqual([undefined, expect.stringContaining('retry after 667 ms')]);
    one.client.cut();
    two.client.cut();
    await server.settle();
    const again = await server.connect(ANN);
    expect(await errors(again, 'Echo', 1)).toEqual([expect.stringContaining('retry after 667 ms')]);
    const other = await server.connect({ user: { id: 'bob', roles: [] } });
    const [nobody, else_] = [await server.connect(), await server.connect()];
    for (const peer of [other, nobody, else_]) expect(await errors(peer, 'Echo', 2)).toEqual(passed(2));
  });

  test('have the same text for plain clients', async () => {
    const { errors, server } = serve({ calls: { perSecond: 1 } });
    const peer = server.openPlain();
    await server.settle();
    expect(await errors(peer, 'Echo', 2)).toEqual([undefined, early('Echo', 'Too many calls.', 1_000)]);
  });

  test('without an id are refused without an answer', async () => {
    const { server } = serve({ calls: { perSecond: 1 } });
    const { client } = await server.connect();
    for (let sent = 0; sent < 5; sent++) client.invoke('Say', ['x']);
    await server.settle();
    expect(client.calls('Said')).toHaveLength(1);
    expect(client.records.filter(({ type }) => type === 3)).toEqual([]);
  });

  test('do not count pings, cancellations and client results', async () => {
    const { errors, server } = serve({ calls: { perSecond: 0.1, burst: 2 } });
    const peer = await server.connect();
    const { client } = peer;
    client.invoke('Ask', [], 'ask');
    await server.settle();
    for (let sent = 0; sent < 50; sent++) client.ping();
    client.complete(client.requestedResults[0]?.invocationId as string, { result: true });
    await server.settle();
    expect(client.completions('ask')).toMatchObject([{ result: true }]);
    expect(await errors(peer, 'Echo', 1)).toEqual([undefined]);
  });
});

describe('bytes over the rate', () => {
  const longest = { maximumReceiveMessageBytes: 1_000 };

  test('refuse the call that brings them', async () => {
    const { errors, server } = serve({ bytes: { perSecond: 1_000 } }, longest);
    const peer = await server.connect();
    const [first, second] = await errors(peer, 'Echo', 2, ['x'.repeat(700)]);
    expect(first).toBeUndefined();
    expect(second).toMatch(/Too many bytes\. \(retry after [45]\d\d ms\)$/);
    await server.pass(600);
    expect(await errors(peer, 'Echo', 1, ['x'.repeat(700)])).toEqual([undefined]);
  });

  test('let items of an upload wait, without an error', async () => {
    const { read, server } = serve({ bytes: { perSecond: 1_000 }, patience: 1 }, longest);
    const { client } = await server.connect();
    client.sendRecord({ type: 1, target: 'Upload', arguments: [], invocationId: 'up', streamIds: ['s'] });
    for (let sent = 0; sent < 5; sent++) client.sendItem('s', 'x'.repeat(450));
    client.complete('s');
    await server.settle();
    expect(read).toHaveLength(1);
    for (let seconds = 1; seconds <= 3; seconds++) await server.pass(1_000);
    expect(read).toEqual([450, 450, 450, 450, 450]);
    expect(client.completions('up')).toMatchObject([{ result: 5 }]);
    expect(client.closeRecord).toBeUndefined();
  });

  test('leave nothing behind when the connection ends while an item waits', async () => {
    const { server } = serve({ bytes: { perSecond: 10, burst: 1_000 } }, longest);
    const { client } = await server.connect();
    client.sendRecord({ type: 1, target: 'Upload', arguments: [], invocationId: 'up', streamIds: ['s'] });
    for (let sent = 0; sent < 3; sent++) client.sendItem('s', 'x'.repeat(900));
    await server.settle();
    client.cut();
    // The calls that it had sent have ten seconds.
    await server.pass(20_000);
    expect(server.leftovers()).toEqual(NOTHING_LEFT);
  });
});

describe('messages over the rate of their outbox', () => {
  test('are refused with a HubError, which reaches the caller of the method, and not those of the other outbox', async () => {
    const { errors, server } = serve({ broadcast: { perSecond: 1 } });
    const peer = await server.connect();
    const refused = early('Say', 'Too many messages to many.', 1_000);
    expect(await errors(peer, 'Say', 2)).toEqual([undefined, refused]);
    expect(await errors(peer, 'Tell', 3)).toEqual(passed(3));
    const whispers = serve({ whisper: { perSecond: 1 } });
    const other = await whispers.server.connect();
    expect(await whispers.errors(other, 'Tell', 2)).toEqual([
      undefined,
      early('Tell', 'Too many messages to one.', 1_000),
    ]);
    expect(await whispers.errors(other, 'Say', 3)).toEqual(passed(3));
  });

  test('are counted by the outbox, and seen in its figures', async () => {
    const { errors, server } = serve({ broadcast: { perSecond: 1 } });
    await errors(await server.connect(), 'Say', 3);
    expect(server.host.broadcast.figures()).toMatchObject({ accepted: 3, delivered: 1, droppedBy: { rate: 2 } });
  });

  test('do not concern what the server itself sends', async () => {
    const { hub, server } = serve({ broadcast: { perSecond: 0.01 }, whisper: { perSecond: 0.01 } });
    const { client } = await server.connect();
    const { all } = server.parts.context(hub).clients;
    for (let sent = 0; sent < 10; sent++) await all.send('Said', 'x');
    await server.settle();
    expect(client.calls('Said')).toHaveLength(10);
  });
});

describe('a client that goes on', () => {
  test('is disconnected at so many refusals within ten seconds, by name, and invited back', async () => {
    const { ends, errors, server } = serve({ calls: { perSecond: 0.001 }, patience: 3 });
    const [eager, other] = [await server.connect(), await server.connect()];
    expect(await errors(eager, 'Echo', 3)).toHaveLength(3);
    expect(eager.client.closeRecord).toBeUndefined();
    await server.pass(9_000);
    await errors(eager, 'Echo', 1);
    expect(eager.client.closeRecord).toMatchObject({ allowReconnect: true, error: expect.any(String) });
    expect(ends).toEqual(['rate-limited']);
    expect(await errors(other, 'Echo', 1)).toEqual([undefined]);
  });

  test('is not, if it takes longer', async () => {
    const { errors, server } = serve({ calls: { perSecond: 0.001 }, patience: 3 });
    const peer = await server.connect();
    await errors(peer, 'Echo', 3);
    await server.pass(10_000);
    await errors(peer, 'Echo', 2);
    expect(peer.client.closeRecord).toBeUndefined();
  });

  test('is counted for messages that its calls send, too; a plain client gets a code of its own', async () => {
    const { errors, server } = serve({ whisper: { perSecond: 0.001 }, patience: 2 });
    const peer = server.openPlain();
    await server.settle();
    await errors(peer, 'Tell', 3);
    expect(peer.client.closeRecord).toMatchObject({ reason: 'rate-limited', allowReconnect: true });
    expect(peer.client.closeCode).toBe(4004);
  });
});

test('the rate of an outbox is reached, although alarms are not exact', async () => {
  const { server } = serve({}, { outboxes: { broadcast: { rate: { perSecond: 100, burst: 1 } } } });
  const peers = [await server.connect(), await server.connect()];
  for (const { client } of peers) for (let sent = 0; sent < 90; sent++) client.invoke('Say', [`${sent}`]);
  await server.pass(1_000);
  const inASecond = peers[0]?.client.calls('Said').length;
  expect(inASecond).toBeGreaterThan(80);
  expect(inASecond).toBeLessThanOrEqual(121);
});

test('what the rate of an outbox holds back is sent before the server closes', async () => {
  const { hub, server } = serve({}, { outboxes: { broadcast: { rate: { perSecond: 1 } } } });
  const { client } = await server.connect();
  const { all } = server.parts.context(hub).clients;
  const sent = ['a', 'b', 'c'].map((text) => all.send('Said', text));
  const closed = server.parts.close({ drainMs: 1_000 });
  await server.pass(2_000);
  await Promise.all([...sent, closed]);
  expect(client.calls('Said')).toEqual([['a'], ['b'], ['c']]);
});

test('items of an upload whose method has ended cost what others cost', async () => {
  const { server } = serve({ bytes: { perSecond: 1_000 } }, { maximumReceiveMessageBytes: 1_000 });
  const { client } = await server.connect();
  client.sendRecord({ type: 1, target: 'Upload', arguments: [], invocationId: 'up', streamIds: ['s'] });
  client.complete('s');
  await server.settle();
  for (let sent = 0; sent < 5; sent++) client.sendItem('s', 'x'.repeat(400));
  client.invoke('Echo', ['behind'], 'behind');
  await server.settle();
  expect(client.completions('behind')).toEqual([]);
  await server.pass(3_000);
  expect(client.completions('behind')).toHaveLength(1);
});

test('the outbox of one kind never slows the other', async () => {
  const { server } = serve({}, { outboxes: { broadcast: { rate: { perSecond: 1 } } } });
  const { client } = await server.connect();
  for (let sent = 0; sent < 3; sent++) client.invoke('Say', [`${sent}`]);
  const other = await server.connect();
  other.client.invoke('Tell', ['at once']);
  await server.settle();
  expect(other.client.calls('Told')).toEqual([['at once']]);
  expect(client.calls('Said')).toHaveLength(1);
  await server.pass(2_100);
  expect(client.calls('Said')).toEqual([['0'], ['1'], ['2']]);
});
