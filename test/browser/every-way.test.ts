// Each feature over each transport in each protocol that the transport supports, in a browser: on a page of another
// origin than the hub's, and in a worker of that page.
import type { HubConnection, Subject } from '@microsoft/signalr';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';
import { reasonsOfStopping, TRANSPORT_PROTOCOLS } from '../support/transport-protocols.ts';
import { browserHub, byCookie } from './browser-hub.ts';
import { hasChromium } from './chromium.ts';
import { clientPages, openWorker, PageClient } from './client-page.ts';

// Globals for the functions that run in the page.
declare const hub: HubConnection;
declare const signalR: { readonly Subject: new <T>() => Subject<T> };

describe.runIf(hasChromium)('the official client in a browser', () => {
  const pages = clientPages();

  async function start(diary?: Inbox<string>): Promise<string> {
    const options = { origins: [pages.origin], authenticate: byCookie };
    return (await startServer({ '/hub': browserHub(diary) }, options)).url('/hub');
  }

  describe.each(TRANSPORT_PROTOCOLS)('over %s in %s', (...way) => {
    const [transport, protocol] = way;
    let page: Page;
    beforeAll(async () => {
      page = await pages.openForAll();
    });
    const connect = (url: string) => PageClient.by(page, url, way);

    test('calls, and is answered', async () => {
      const client = await connect(await start());
      expect(await client.invoke('Who')).toEqual({ connectionId: await client.id(), user: null, transport, protocol });
      const values = ['Grüße, 世界 \u001e \n', null, { nested: [1, [2.5]] }, 'x'.repeat(20_000)];
      expect(await client.invoke('Echo', values)).toEqual(values);
    });

    test('gets errors, and goes on', async () => {
      const client = await connect(await start());
      await expect(client.invoke('Refuse')).rejects.toThrow(
        "An unexpected error occurred invoking 'Refuse' on the server. HubException: not today",
      );
      await expect(client.invoke('Nothing')).rejects.toThrow('Method does not exist.');
      expect(await client.invoke('Echo', 1)).toBe(1);
    });

    test('hears what is said to all, and to its groups', async () => {
      const url = await start();
      const [ada, bob] = await Promise.all([connect(url), PageClient.by(await pages.open(), url, way)]);
      await ada.invoke('Join', 'room');
      await bob.invoke('SayTo', 'room', 'to the room');
      await bob.invoke('Say', 'to all');
      await ada.invoke('Leave', 'room');
      await bob.invoke('SayTo', 'room', 'to the empty room');
      await bob.invoke('Say', 'the last');
      expect(await ada.heard(3)).toEqual(['to the room', 'to all', 'the last']);
      expect(await bob.heard(2)).toEqual(['to all', 'the last']);
    });

    test('gets streams, their end and their error', async () => {
      const client = await connect(await start());
      const stream = (count: number) => client.place.evaluate(collectCount, count);
      expect(await stream(3)).toEqual({ items: [0, 1, 2], error: null });
      expect(await stream(0)).toEqual({ items: [], error: null });
      expect(await stream(1_500)).toEqual({
        items: Array.from({ length: 1_500 }, (_, n) => n),
        error: 'An error occurred on the server while streaming results. HubException: that was a lot',
      });
    });

    test('cancels a stream, and its method is told', async () => {
      const diary = new Inbox<string>();
      const client = await connect(await start(diary));
      await client.place.evaluate(cancelTicks);
      expect(await diary.until(1)).toEqual(['ticks end, aborted']);
      expect(await client.invoke('Echo', 1)).toBe(1);
    });

    test('streams to a method, and its error, too', async () => {
      const client = await connect(await start());
      // More items than can wait for the method; without a WebSocket each has its own POST.
      const words = Array.from({ length: 25 }, (_, n) => `${n} `);
      expect(await client.place.evaluate(upload, { words, error: null })).toBe(`> ${words.join('')}`);
      expect(await client.place.evaluate(upload, { words: ['a'], error: 'out of words' })).toMatch(
        /HubException: .*out of words/,
      );
    });

    test('answers a question of the hub', async () => {
      const client = await connect(await start());
      await client.place.evaluate(() => hub.on('Confirm', async (question: string) => question === 'sure?'));
      expect(await client.invoke('AskMe', 'sure?')).toBe(true);
      expect(await client.invoke('AskMe', 'no?')).toBe(false);
    });

    test('sends and gets bytes', async () => {
      const client = await connect(await start());
      const reversed = Array.from({ length: 256 }, (_, n) => 255 - n);
      const expected = protocol === 'messagepack' ? { bytes: reversed } : Buffer.from(reversed).toString('base64');
      expect(await client.place.evaluate(reverse, protocol)).toEqual(expected);
    });

    test('works in a web worker, too', async () => {
      const diary = new Inbox<string>();
      const client = await PageClient.by(await openWorker(page), await start(diary), way);
      expect(await client.invoke('Who')).toMatchObject({ connectionId: await client.id(), transport, protocol });
      await client.place.evaluate(() => hub.on('Confirm', async (question: string) => question === 'sure?'));
      expect(await client.invoke('AskMe', 'sure?')).toBe(true);
      expect(await client.place.evaluate(collectCount, 50)).toEqual({ items: [...Array(50).keys()], error: null });
      expect(await client.place.evaluate(upload, { words: ['a', 'b'], error: null })).toBe('> ab');
      await client.invoke('Say', 'from a worker');
      expect(await client.heard(1)).toEqual(['from a worker']);
      await client.stop();
      const stopped = reasonsOfStopping(transport).map((name) => `disconnected: ${name}`);
      expect((await diary.until(1))[0]).toBeOneOf(stopped);
    });
  });

  test('two tabs of one visitor are two connections of one user, whatever way they came', async () => {
    const url = await start();
    const visitor = await pages.visitor('ada');
    const tabs: PageClient[] = [];
    for (const way of TRANSPORT_PROTOCOLS)
      tabs.push(await PageClient.by(await pages.open(pages.origin, visitor), url, way));
    const told = await Promise.all(tabs.map((tab) => tab.invoke<{ connectionId: string; user: string }>('Who')));
    expect(told.map(({ user }) => user)).toEqual(TRANSPORT_PROTOCOLS.map(() => 'ada'));
    expect(new Set(told.map(({ connectionId }) => connectionId)).size).toBe(TRANSPORT_PROTOCOLS.length);
    await Promise.all(tabs.map((tab, n) => tab.invoke('Say', `from tab ${n}`)));
    const [first, ...others] = await Promise.all(tabs.map((tab) => tab.heard(tabs.length)));
    expect([...(first ?? [])].sort()).toEqual(tabs.map((_, n) => `from tab ${n}`));
    for (const other of others) expect(other).toEqual(first);
  });
});

// --- Functions that run in the page, or in its worker

function collectCount(count: number): Promise<{ items: number[]; error: string | null }> {
  const items: number[] = [];
  return new Promise((resolve) => {
    hub.stream<number>('Count', count).subscribe({
      next: (item) => items.push(item),
      error: (error: Error) => resolve({ items, error: error.message }),
      complete: () => resolve({ items, error: null }),
    });
  });
}

/** Resolves when the stream has been cancelled. */
function cancelTicks(): Promise<void> {
  return new Promise((resolve, reject) => {
    const subscription = hub.stream<number>('Ticks').subscribe({
      next: (n) => {
        if (n !== 2) return;
        subscription.dispose();
        resolve();
      },
      error: reject,
      complete: reject,
    });
  });
}

async function upload({ words, error }: { words: readonly string[]; error: string | null }): Promise<string> {
  const subject = new signalR.Subject<string>();
  const answer = hub.invoke<string>('Concat', '> ', subject);
  for (const word of words) subject.next(word);
  if (error === null) subject.complete();
  else subject.error(new Error(error));
  return answer.catch(String);
}

async function reverse(protocol: string): Promise<unknown> {
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
  const sent = protocol === 'messagepack' ? bytes : btoa(String.fromCharCode(...bytes));
  const got = await hub.invoke('Reverse', sent);
  return got instanceof Uint8Array ? { bytes: [...got] } : got;
}
