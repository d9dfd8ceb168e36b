import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type CloseReason, method, type Rates, setupHub } from '../../src/index.ts';
import { callsTo, closed, connect, inMessagePack } from '../support/clients.ts';
import { Inbox } from '../support/inbox.ts';
import { PlainClient } from '../support/plain-client.ts';
import { startServer } from '../support/test-server.ts';

interface Listener {
  Said(text: string): void;
}

async function start(rates: Rates) {
  const ends = new Inbox<CloseReason>();
  const hub = setupHub({ client: {} as Listener }).createHub({
    options: { plain: true, rates },
    methods: {
      Echo: method([z.unknown()], (_hub, value) => value),
      Say: method([z.string()], (hub, text) => hub.clients.all.send('Said', text)),
    },
    onDisconnected: (_hub, reason) => ends.put(reason),
  });
  return { ends, ...(await startServer({ '/hub': hub })) };
}

const RETRY = / \(retry after [1-9]\d* ms\)$/;

describe('a client that calls or sends too often', () => {
  test.each([
    ['json', () => ({})],
    ['messagepack', inMessagePack],
  ])('reads when to try again, in %s', async (_protocol, options) => {
    const { url } = await start({ calls: { perSecond: 0.01, burst: 2 }, broadcast: { perSecond: 0.01 } });
    const client = await connect(url('/hub'), options());
    expect(await client.invoke('Echo', 'first')).toBe('first');
    await client.invoke('Say', 'one');
    await expect(client.invoke('Echo', 'x')).rejects.toThrow(RETRY);
    const other = await connect(url('/hub'), options());
    await other.invoke('Say', 'one');
    await expect(other.invoke('Say', 'two')).rejects.toThrow(/Too many messages to many\. \(retry after \d+ ms\)$/);
  });

  test('reads it as a plain client, too', async () => {
    const { port } = await start({ calls: { perSecond: 0.01 } });
    const client = await PlainClient.open(port);
    expect(await client.call('Echo', 1, 1)).toMatchObject({ type: 'result' });
    const refused = await client.call('Echo', 1, 2);
    expect(refused).toMatchObject({ type: 'error', payload: { message: expect.stringMatching(RETRY) } });
  });

  test('and goes on is cut by name, and nobody else hears less', async () => {
    const { ends, url } = await start({ calls: { perSecond: 0.01, burst: 50 } });
    const [eager, listener, speaker] = await Promise.all([1, 2, 3].map(() => connect(url('/hub'))));
    if (eager === undefined || listener === undefined || speaker === undefined) throw new Error('Three clients.');
    const said = callsTo<[string]>(listener, 'Said');
    const cut = closed(eager);
    for (let sent = 0; sent < 1_000; sent++) eager.send('Echo', sent).catch(() => {});
    for (let sent = 0; sent < 50; sent++) await speaker.invoke('Say', `${sent}`);
    expect((await cut)?.message).toContain('Server returned an error on close');
    expect((await ends.until(1)).map(({ name }) => name)).toEqual(['rate-limited']);
    expect(await said.until(50)).toEqual(Array.from({ length: 50 }, (_, sent) => [`${sent}`]));
    expect([listener.state, speaker.state]).toEqual(['Connected', 'Connected']);
  });
});
