import { describe, expect, test } from 'vitest';
import {
  type Authenticator,
  type CloseReason,
  type HttpRequestInfo,
  type HubOptions,
  method,
  setupHub,
  type User,
} from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { negotiate } from '../support/raw-negotiation.ts';
import { arrived, RawRequests, recordsOf } from '../support/raw-polling.ts';
import { startTimedServer } from '../support/timed-server.ts';

/** `X-Seconds` is the lifetime of the client's credential. Without it, the credential never expires. */
const userOf = (now: number, { headers: { 'x-seconds': seconds } }: HttpRequestInfo): User => ({
  id: 'ann',
  roles: [],
  ...(seconds === undefined ? {} : { expiresAt: now + Number(seconds) * 1_000 }),
});
const goodFor = (seconds: number) => ({ 'X-Seconds': String(seconds) });

async function start(options: HubOptions = { closeOnAuthenticationExpiration: true }) {
  const ends = new Inbox<CloseReason>();
  const hub = setupHub({}).createHub({
    options,
    methods: { Ping: method([], () => 'pong') },
    onDisconnected: (_hub, reason) => ends.put(reason),
  });
  const authenticate: Authenticator = (request) => userOf(timed.clock.wallNow(), request);
  const timed = await startTimedServer({ '/hub': hub }, { authenticate });
  return { ...timed, ends };
}

const PING = { type: 1, invocationId: '1', target: 'Ping', arguments: [] };
const PONG = { type: 3, invocationId: '1', result: 'pong' };
const INVITED_BACK = { type: 7, allowReconnect: true };

describe('a connection whose user is known until a moment', () => {
  test('ends then, without a fault and with an invitation to come back', async () => {
    const { port, pass, ends } = await start();
    const client = await openRaw(port, { headers: goodFor(60) });
    pass(59_000);
    expect(await client.invoke('Ping')).toMatchObject({ result: 'pong' });
    pass(1_100);
    expect(await client.ended).toEqual({ code: 1000 });
    expect(client.records.all.at(-1)).toEqual(INVITED_BACK);
    expect(ends.all).toEqual([{ name: 'expired', text: expect.stringContaining('expired'), allowReconnect: true }]);
  });

  test('lives on where the hub does not look at it, or nothing was said of a moment', async () => {
    const [heedless, heedful] = [await start({}), await start()];
    const clients = [await openRaw(heedless.port, { headers: goodFor(1) }), await openRaw(heedful.port)];
    for (const { pass } of [heedless, heedful]) pass(3_600_000);
    for (const client of clients) expect(await client.invoke('Ping')).toMatchObject({ result: 'pong' });
  });

  test('ends in the next moment when it was over before', async () => {
    const { port, pass, ends } = await start();
    const client = await openRaw(port, { headers: goodFor(-60) });
    pass(100);
    expect(await client.ended).toEqual({ code: 1000 });
    expect((await ends.until(1))[0]?.name).toBe('expired');
  });

  test('has not shaken hands in time when that comes first', async () => {
    const { port, pass, ends } = await start();
    const client = await openRaw(port, { headers: goodFor(10), handshake: false });
    pass(10_100);
    expect(await client.ended).toEqual({ code: 1000 });
    expect(client.records.all).toEqual([{ error: 'Handshake was canceled.' }]);
    expect(ends.all).toEqual([]);
  });

  test('leaves no clock behind when it ends before', async () => {
    const { port, server } = await start();
    const before = server.wheel.armed;
    const client = await openRaw(port, { headers: goodFor(3_600) });
    client.reset();
    await eventually(() => server.supervisor.size === 0);
    expect(server.wheel.armed).toBe(before);
  });
});

describe('what a client shows later', () => {
  test('counts with each poll: the latest, for longer, for less, or for ever', async () => {
    const { port, pass, ends } = await start();
    const client = await RawRequests.poll(port);
    const livesOn = async (headers: Readonly<Record<string, string>>, ms: number) => {
      const poll = client.get({ headers });
      await arrived(port);
      pass(ms);
      await client.post(PING).answer;
      expect(recordsOf(await poll.answer)).toEqual([PONG]);
    };
    await livesOn(goodFor(60), 59_000);
    await livesOn(goodFor(3_600), 80_000);
    await livesOn(goodFor(60), 0);
    await livesOn({}, 80_000);

    const last = client.get({ headers: goodFor(5) });
    await arrived(port);
    pass(5_100);
    expect(recordsOf(await last.answer)).toEqual([INVITED_BACK]);
    expect((await ends.until(1))[0]?.name).toBe('expired');
  });

  test('does not count with a POST, nor with a stream that is refused', async () => {
    const { port, pass, ends } = await start();
    const client = await RawRequests.negotiate(port, '/hub', goodFor(20));
    const stream = client.stream();
    await client.post({ protocol: 'json', version: 1 }).answer;
    await stream.pieces.first((text) => text.includes('{}'));
    await client.postText('', goodFor(3_600)).answer;
    const second = client.get({ headers: { Accept: 'text/event-stream', ...goodFor(3_600) } });
    expect((await second.answer).status).toBe(409);
    pass(20_100);
    expect((await stream.answer).body).toContain(JSON.stringify(INVITED_BACK));
    expect((await ends.until(1))[0]?.name).toBe('expired');
  });

  test('counts with a WebSocket that takes the place of a lost one', async () => {
    const { port, pass, ends } = await start({ closeOnAuthenticationExpiration: true, allowStatefulReconnects: true });
    const { connectionToken } = await negotiate(port, '/hub', {}, 'useStatefulReconnect=true');
    const path = `/hub?id=${connectionToken}`;
    const first = await openRaw(port, { path, headers: goodFor(20), handshake: false });
    first.send({ protocol: 'json', version: 2 });
    await first.records.until(1);
    const second = await openRaw(port, { path, headers: goodFor(60), handshake: false });
    await second.records.first(({ type }) => type === 9);
    pass(59_000);
    second.send({ type: 9, sequenceId: 1 });
    expect(await second.invoke('Ping')).toMatchObject({ result: 'pong' });
    pass(1_100);
    expect(await second.ended).toEqual({ code: 1000 });
    expect((await ends.until(1))[0]?.name).toBe('expired');
  });
});
