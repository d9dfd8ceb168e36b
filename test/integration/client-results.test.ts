import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { DisconnectedError, HubError, method, setupHub } from '../../src/index.ts';
import { connect, inMessagePack, openRaw } from '../support/clients.ts';
import { eventually } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';

interface Player {
  Confirm(question: string): boolean;
  Describe(): Promise<{ name: string }>;
}

const hub = setupHub({ client: {} as Player }).createHub({
  methods: {
    AskMe: method([z.string()], (self, question) => self.clients.caller.invoke('Confirm', question)),
    AskMeFor: method([z.int()], (self, timeoutMs) => self.clients.caller.with({ timeoutMs }).invoke('Confirm', 'now?')),
    AskMeUntilCancelled: method([], async (self) => {
      try {
        return await self.clients.caller.with({ signal: self.signal }).invoke('Confirm', 'well?');
      } catch (error) {
        return (error as Error).message;
      }
    }),
    Ask: method([z.string(), z.string()], (self, id, question) => self.clients.client(id).invoke('Confirm', question)),
    Add: method([z.int(), z.int()], (_hub, a, b) => a + b),
  },
});
const start = () => startServer({ '/hub': hub });
const failed = (name: string, detail = '') =>
  new Error(`An unexpected error occurred invoking '${name}' on the server.${detail}`);

describe.each([
  ['JSON', () => ({})],
  ['MessagePack', inMessagePack],
])('the official client, in %s,', (_name, spoken) => {
  test('gives a client result to its own call, at once or later, and others run meanwhile', async () => {
    const { url } = await start();
    const client = await connect(url('/hub'), spoken());
    client.on('Confirm', async (question: string) => {
      // With one parallel call, this would wait for ever if the first call kept its place.
      await client.invoke('Add', 1, 2);
      return question === 'sure?';
    });
    expect(await client.invoke('AskMe', 'sure?')).toBe(true);
    expect(await client.invoke('AskMe', 'really?')).toBe(false);
  });

  test('gives client results to other connections and to the outside of the hub', async () => {
    const { url, server } = await start();
    const [asker, asked] = [await connect(url('/hub'), spoken()), await connect(url('/hub'), spoken())];
    asked.on('Confirm', (question: string) => question.length > 3);
    asked.on('Describe', () => ({ name: 'Ada' }));
    const id = asked.connectionId ?? '';
    expect(await asker.invoke('Ask', id, 'long')).toBe(true);
    expect(await asker.invoke('Ask', id, 'no')).toBe(false);
    const { clients } = server.context(hub);
    expect(await clients.client(id).invoke('Describe')).toEqual({ name: 'Ada' });
    expect(await Promise.all(['a', 'long'].map((text) => clients.client(id).invoke('Confirm', text)))).toEqual([
      false,
      true,
    ]);
  });

  test('that has no handler, or one that fails or says nothing, is an error of the call', async () => {
    const { url } = await start();
    const client = await connect(url('/hub'), spoken());
    await expect(client.invoke('AskMe', 'x')).rejects.toThrow(
      failed('AskMe', " HubException: Client didn't provide a result."),
    );
    const silent = () => {};
    client.on('Confirm', silent);
    await expect(client.invoke('AskMe', 'x')).rejects.toThrow(
      failed('AskMe', " HubException: Client didn't provide a result."),
    );
    client.off('Confirm', silent);
    client.on('Confirm', () => {
      throw new Error('not now');
    });
    await expect(client.invoke('AskMe', 'x')).rejects.toThrow(failed('AskMe', ' HubException: Error: not now'));
    client.off('Confirm');
    client.on('Confirm', () => 'one');
    client.on('Confirm', () => 'two');
    await expect(client.invoke('AskMe', 'x')).rejects.toThrow('Client provided multiple results.');
  });

  test('that does not answer in time is no longer waited for, and its late answer changes nothing', async () => {
    const { url } = await start();
    const client = await connect(url('/hub'), spoken());
    let answer: (value: boolean) => void = () => {};
    client.on(
      'Confirm',
      () =>
        new Promise<boolean>((resolve) => {
          answer = resolve;
        }),
    );
    await expect(client.invoke('AskMeFor', 100)).rejects.toThrow(
      failed('AskMeFor', ' HubException: Invocation canceled by the server.'),
    );
    answer(true);
    expect(await client.invoke('Add', 1, 2)).toBe(3);
  });

  test('that leaves is no longer waited for', async () => {
    const { url, server } = await start();
    const [asker, asked] = [await connect(url('/hub'), spoken()), await connect(url('/hub'), spoken())];
    const id = asked.connectionId ?? '';
    const isAsked = new Promise<void>((resolve) => {
      asked.on('Confirm', () => {
        resolve();
        return new Promise(() => {});
      });
    });
    const call = asker.invoke('Ask', id, 'x');
    call.catch(() => {});
    const outside = server.context(hub).clients.client(id).invoke('Confirm', 'x');
    await isAsked;
    await asked.stop();
    await expect(call).rejects.toThrow(failed('Ask'));
    await expect(outside).rejects.toThrow(new DisconnectedError(`Connection '${id}' disconnected.`));
    await eventually(() => server.supervisor.size === 1);
    await expect(server.context(hub).clients.client(id).invoke('Confirm', 'x')).rejects.toThrow(
      new DisconnectedError(`Connection '${id}' does not exist.`),
    );
  });
});

test('the signal of a call ends its waiting', async () => {
  const { port } = await start();
  const client = await openRaw(port);
  client.send({ type: 1, invocationId: 'a', target: 'AskMeUntilCancelled', arguments: [] });
  const question = await client.records.first(({ target }) => target === 'Confirm');
  client.send({ type: 5, invocationId: 'a' });
  expect(await client.records.first(({ type }) => type === 3)).toEqual({
    type: 3,
    invocationId: 'a',
    result: 'Invocation canceled by the server.',
  });
  client.send({ type: 3, invocationId: question.invocationId, result: true });
  expect(await client.invoke('Add', 1, 2)).toMatchObject({ result: 3 });
});

test('options that make no sense are errors of that client result, and nothing is sent', async () => {
  const { port, server } = await start();
  const client = await openRaw(port);
  const [{ connectionId = '' } = {}] = [...server.connections()];
  const one = server.context(hub).clients.client(connectionId);
  for (const timeoutMs of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '5' as unknown as number]) {
    await expect(one.with({ timeoutMs }).invoke('Confirm', 'x')).rejects.toThrow(TypeError);
  }
  await expect(one.with({ signal: {} as AbortSignal }).invoke('Confirm', 'x')).rejects.toThrow(TypeError);
  await expect(one.with({ signal: AbortSignal.abort() }).invoke('Confirm', 'x')).rejects.toThrow(HubError);
  await expect(one.invoke('' as 'Confirm', 'x')).rejects.toThrow(TypeError);
  await expect(one.invoke('Confirm', 1n as unknown as string)).rejects.toThrow('A BigInt cannot be written');
  expect(await client.invoke('Add', 1, 2)).toMatchObject({ result: 3 });
  expect(client.records.length).toBe(1);
  expect(server.runtimes.get('/hub')?.clientResults.size).toBe(0);
});

test('a signal that outlives many client results keeps nothing of them', async () => {
  const { port, server } = await start();
  const client = await openRaw(port);
  const [{ connectionId = '' } = {}] = [...server.connections()];
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  for (let n = 0; n < 5; n++) {
    const answer = server.context(hub).clients.client(connectionId).with({ signal }).invoke('Confirm', `${n}`);
    const question = await client.records.first((record) => record.arguments?.[0] === `${n}`);
    client.send({ type: 3, invocationId: question.invocationId, result: n });
    expect(await answer).toBe(n);
  }
  expect(listeners).toBe(0);
});
