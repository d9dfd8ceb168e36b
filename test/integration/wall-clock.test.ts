// The wall clock is set forward and back, or the machine sleeps: no duration and no time limit changes, and credentials
// end at their moment of the wall clock.
import { describe, expect, test } from 'vitest';
import { type CloseReason, type HttpRequestInfo, method, setupHub } from '../../src/index.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { openRaw } from '../support/clients.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { arrived, RawRequests, recordsOf } from '../support/raw-polling.ts';
import { startTimedServer } from '../support/timed-server.ts';
import { WALL_CLOCK_STEPS } from '../support/wall-clock-steps.ts';

/** `X-Good-Until` is the moment at which the client's credential expires. Without it, the credential never expires. */
const userOf = ({ headers: { 'x-good-until': until } }: HttpRequestInfo) => ({
  id: 'ann',
  roles: [],
  ...(until === undefined ? {} : { expiresAt: Number(until) }),
});
const goodUntil = (moment: number) => ({ 'X-Good-Until': String(moment) });

const SHAKES_HANDS = { protocol: 'json', version: 1 };
const PING = { type: 6 };
const INVITED_BACK = { type: 7, allowReconnect: true };

async function start() {
  const ends = new Inbox<CloseReason>();
  const log = new CollectedLog();
  const storage = new MemoryStorage();
  const hub = setupHub({}).createHub({
    options: {
      closeOnAuthenticationExpiration: true,
      handshakeTimeoutMs: 10_000,
      keepAliveIntervalMs: 10_000,
      clientTimeoutMs: 20_000,
    },
    methods: { Echo: method([], () => 'echo') },
    onDisconnected: (_hub, reason) => ends.put(reason),
  });
  const timed = await startTimedServer({ '/hub': hub }, { authenticate: userOf, storage, logger: log });
  return { ...timed, ends, log, storage };
}

/** Opens a connection. @returns what the server has sent until the connection has ended. */
const OPEN = {
  async WebSockets(port: number, headers: Readonly<Record<string, string>>) {
    const client = await openRaw(port, { headers });
    return async () => {
      expect(await client.ended).toEqual({ code: 1000 });
      return client.records.all.at(-1);
    };
  },
  async ServerSentEvents(port: number, headers: Readonly<Record<string, string>>) {
    const client = await RawRequests.negotiate(port, '/hub', headers);
    const stream = client.stream();
    await client.post(SHAKES_HANDS).answer;
    await stream.pieces.first((text) => text.includes('{}'));
    return async () => {
      const { body } = await stream.answer;
      return recordsOf({ body: body.trim().split('data: ').at(-1) ?? '', status: 200, headers: {} }).at(-1);
    };
  },
  async LongPolling(port: number, headers: Readonly<Record<string, string>>) {
    const client = await RawRequests.poll(port, '/hub', headers);
    const poll = client.get();
    await arrived(port);
    return async () => recordsOf(await poll.answer).at(-1);
  },
};
const TRANSPORTS = Object.entries(OPEN);

const forward = Object.entries(WALL_CLOCK_STEPS).filter(([, ms]) => ms > 0);
const back = Object.entries(WALL_CLOCK_STEPS).filter(([, ms]) => ms < 0);

describe.each(Object.entries(WALL_CLOCK_STEPS))('a wall clock that is set %s', (_, stepMs) => {
  test('changes no duration, in the handshake or later', async () => {
    const { clock, log, pass, port, server, storage } = await start();
    const connectedAt = clock.wallNow();
    const client = await openRaw(port, { handshake: false });
    await eventually(() => server.supervisor.size === 1);
    clock.stepWall(stepMs);
    pass(2_000);
    client.send(SHAKES_HANDS);
    await client.records.until(1);
    expect([...server.connections()]).toMatchObject([{ connectedAt: new Date(connectedAt) }]);
    pass(3_000);
    clock.stepWall(stepMs);
    pass(1_000);
    client.reset();
    await eventually(() => server.supervisor.size === 0);
    pass(100);
    const sessions = await storage.sessions.list();
    expect(sessions).toMatchObject([{ connectedAt, durationMs: 6_000, disconnectedAt: connectedAt + 6_000 }]);
    const lines = log.lines.filter(({ text }) => text === 'disconnected');
    expect(lines).toMatchObject([{ data: { durationMs: 4_000 } }]);
  });

  test('leaves a handshake its time', async () => {
    const { clock, pass, port, server } = await start();
    const [quick, slow] = [await openRaw(port, { handshake: false }), await openRaw(port, { handshake: false })];
    await eventually(() => server.supervisor.size === 2);
    clock.stepWall(stepMs);
    pass(9_800);
    quick.send(SHAKES_HANDS);
    expect(await quick.records.until(1)).toEqual([{}]);
    pass(300);
    expect(await slow.records.until(1)).toEqual([{ error: 'Handshake was canceled.' }]);
    expect(await quick.invoke('Echo')).toMatchObject({ result: 'echo' });
  });

  test('leaves pings their interval, and a client its time', async () => {
    const { clock, ends, pass, port } = await start();
    const client = await openRaw(port);
    client.send(PING);
    await client.invoke('Echo');
    clock.stepWall(stepMs);
    pass(9_800);
    await arrived(port);
    expect(client.records.all.filter(({ type }) => type === 6)).toEqual([]);
    pass(300);
    await client.records.first(({ type }) => type === 6);
    pass(9_700);
    await arrived(port);
    expect(ends.all).toEqual([]);
    pass(300);
    expect((await ends.until(1))[0]?.name).toBe('client-timeout');
  });
});

test('a session lasts while the event loop is blocked, too', async () => {
  const { clock, log, pass, port, server, storage } = await start();
  const client = await openRaw(port);
  clock.block(10_000);
  pass(1_000);
  client.reset();
  await eventually(() => server.supervisor.size === 0);
  pass(100);
  expect(await storage.sessions.list()).toMatchObject([{ durationMs: 11_000 }]);
  expect(log.lines.filter(({ text }) => text === 'disconnected')).toMatchObject([{ data: { durationMs: 11_000 } }]);
});

describe.each(forward)('a credential over a wall clock that is set %s', (_, stepMs) => {
  test.each(TRANSPORTS)('ends its connection at its moment: %s', async (_name, open) => {
    const { clock, ends, pass, port } = await start();
    const ended = await open(port, goodUntil(clock.wallNow() + stepMs + 10_000));
    clock.stepWall(stepMs);
    pass(9_900);
    await arrived(port);
    expect(ends.all).toEqual([]);
    pass(200);
    expect(await ended()).toEqual(INVITED_BACK);
    expect((await ends.until(1))[0]?.name).toBe('expired');
  });

  test.each(TRANSPORTS)('ends its connection within two seconds when the step passes it: %s', async (_name, open) => {
    const { clock, ends, pass, port } = await start();
    const ended = await open(port, goodUntil(clock.wallNow() + 1_800_000));
    clock.stepWall(stepMs);
    pass(2_000);
    expect(await ended()).toEqual(INVITED_BACK);
    expect((await ends.until(1))[0]?.name).toBe('expired');
  });

  test('counts in the handshake, too', async () => {
    const { clock, ends, pass, port, server } = await start();
    const headers = goodUntil(clock.wallNow() + stepMs + 5_000);
    const clients = [
      await openRaw(port, { headers, handshake: false }),
      await openRaw(port, { headers: goodUntil(clock.wallNow() + 5_000), handshake: false }),
    ] as const;
    await eventually(() => server.supervisor.size === 2);
    clock.stepWall(stepMs);
    pass(2_000);
    expect(await clients[1].records.until(1)).toEqual([{ error: 'Handshake was canceled.' }]);
    clients[0].send(SHAKES_HANDS);
    expect(await clients[0].records.until(1)).toEqual([{}]);
    pass(2_900);
    expect(await clients[0].invoke('Echo')).toMatchObject({ result: 'echo' });
    pass(200);
    expect(await clients[0].ended).toEqual({ code: 1000 });
    expect((await ends.until(1))[0]?.name).toBe('expired');
  });
});

describe.each(back)('a credential over a wall clock that is set %s', (_, stepMs) => {
  test.each(TRANSPORTS)('is good until its moment, and no longer: %s', async (_name, open) => {
    const { clock, ends, pass, port } = await start();
    const ended = await open(port, goodUntil(clock.wallNow() + 10_000));
    clock.stepWall(stepMs);
    pass(19_000);
    await arrived(port);
    expect(ends.all).toEqual([]);
    // Somebody notices, and sets it right: the moment was 9 s ago.
    clock.stepWall(-stepMs);
    pass(2_000);
    expect(await ended()).toEqual(INVITED_BACK);
    expect((await ends.until(1))[0]?.name).toBe('expired');
  });
});
