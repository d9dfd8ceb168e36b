import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, setupHub } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { eventually } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';
import { forbidUncaught, undisturbed } from '../support/undisturbed.ts';

forbidUncaught();

describe('what nobody awaits may fail, too', () => {
  interface Told {
    Tell(value: unknown): void;
  }

  /** Methods that each leave a promise behind, which rejects. */
  const careless = setupHub({ client: {} as Told }).createHub({
    options: { maximumGroupsPerConnection: 1 },
    methods: {
      Echo: method([z.unknown()], (_hub, value) => value),
      Send: method([], (hub) => void hub.clients.all.send('Tell', 1n)),
      SendToNobody: method([], (hub) => void hub.clients.group('').send('Tell', 1)),
      Join: method([], (hub) => {
        for (const group of ['one', 'two', 'three']) void hub.groups.add(hub.connectionId, group);
      }),
      JoinNothing: method([], (hub) => void hub.groups.add(hub.connectionId, '')),
      Count: method([], (hub) => void hub.groups.count('')),
      Abort: method([], (hub) => void hub.clients.client('').abort()),
      /** Goes on after its time limit. */
      Late: method([], { timeoutMs: 50 }, async (hub) => {
        await new Promise((resolve) => hub.signal.addEventListener('abort', resolve));
        void hub.clients.caller.send('Tell', 'late');
        void hub.groups.add(hub.connectionId, 'late');
        void hub.clients.user('nobody').abort();
        throw new Error('nobody waits for this');
      }),
    },
  });

  test.each(['Send', 'SendToNobody', 'Join', 'JoinNothing', 'Count', 'Abort'])('%s', async (name) => {
    const { port } = await startServer({ '/hub': careless });
    await undisturbed(port, async () => {
      const client = await openRaw(port);
      expect(await client.invoke(name)).toEqual({ type: 3, invocationId: '1', result: null });
      expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
    });
  });

  test('Late, whose time is over', async () => {
    const { port } = await startServer({ '/hub': careless });
    await undisturbed(port, async () => {
      const client = await openRaw(port);
      expect((await client.invoke('Late')).error).toContain('It took longer than 50 ms.');
      expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
    });
  });

  test('Late, whose client has gone', async () => {
    const started = await startServer({ '/hub': careless });
    await undisturbed(started.port, async () => {
      const client = await openRaw(started.port);
      client.send({ type: 1, invocationId: '1', target: 'Late', arguments: [] }, { type: 7 });
      await client.ended;
      await eventually(() => started.server.supervisor.size === 1);
    });
  });
});
