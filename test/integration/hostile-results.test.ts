import { describe, expect, test, vi } from 'vitest';
import { type HubMethod, method } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { startServer } from '../support/test-server.ts';
import { forbidUncaught, undisturbed } from '../support/undisturbed.ts';
import { hubOf, loudLog, RETURNED } from '../support/unusual-values.ts';

forbidUncaught();
// Each of these takes milliseconds. A missing answer should be noticed in less than half a minute.
vi.setConfig({ testTimeout: 5_000 });

const GENERIC = "An unexpected error occurred invoking 'Bad' on the server.";

describe.each([
  ['returns', (value: unknown) => method([], () => value)],
  ['resolves with', (value: unknown) => method([], async () => value)],
])('a method that %s', (_how, bad) => {
  test.each(Object.entries(RETURNED))('%s: is an error of that call alone', async (_what, value) => {
    const { port } = await startServer({ '/hub': hubOf({ Bad: bad(value) }) }, { logger: loudLog() });
    await undisturbed(port, async () => {
      const client = await openRaw(port);
      expect(await client.invoke('Bad')).toEqual({ type: 3, invocationId: '1', error: GENERIC });
      client.send({ type: 1, target: 'Bad', arguments: [] });
      expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
    });
  });
});

describe('a thenable that keeps no promise', () => {
  const thenables: Readonly<Record<string, object>> = {
    'calls back twice': {
      // biome-ignore lint/suspicious/noThenProperty: it is what authors may return
      then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
        resolve('first');
        resolve('second');
        reject(new Error('third'));
        throw new Error('fourth');
      },
    },
    'is itself its result, later': {
      // biome-ignore lint/suspicious/noThenProperty: it is what authors may return
      then: (resolve: (value: unknown) => void) => void setImmediate(resolve, 'first'),
    },
  };

  test.each(Object.entries(thenables))('and %s is answered once', async (_what, thenable) => {
    const { port } = await startServer({ '/hub': hubOf({ Bad: method([], () => thenable) }) });
    const client = await openRaw(port);
    expect(await client.invoke('Bad')).toMatchObject({ result: 'first' });
    expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
    expect(client.records.length).toBe(2);
  });

  test('and never settles holds its slot, and only its own', async () => {
    // Ends with its connection, so that the end of the test has nothing to wait for.
    const stuck = method([], (hub: { readonly signal: AbortSignal }) => {
      return new Promise((resolve) => hub.signal.addEventListener('abort', resolve));
    });
    const hub = hubOf({ Bad: stuck as HubMethod<unknown> });
    const { port } = await startServer({ '/hub': hub });
    await undisturbed(port, async () => {
      const client = await openRaw(port);
      client.send({ type: 1, invocationId: 'stuck', target: 'Bad', arguments: [] });
      client.send({ type: 1, invocationId: 'behind', target: 'Echo', arguments: [1] });
      // A call that needs no slot is answered in its turn. Calls behind a waiting call wait with it.
      const other = await openRaw(port);
      expect(await other.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
      expect(client.records.all).toEqual([]);
    });
  });
});
