// Two thousand clients that come back at once, to two nodes that know nothing of their group.
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { READ_ENTRIES } from '../../src/backplane/redis/log-scripts.ts';
import type { Position, Recovery } from '../../src/index.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { RawClient } from '../support/raw-client.ts';
import { hasRedis, type RedisServer } from '../support/redis.ts';
import { GROUP, type HistoryNode, LOG, STREAM_KEY, sendAll, startNode } from './history-node.ts';
import { ownRedis } from './node-process.ts';

const CLIENTS = 2_000;
/** Connections that are opened at the same time: more would wait for the system. */
const BATCH = 200;
/** Messages that the group has. Nobody has missed more than a node keeps itself. */
const KEPT = 280;
const TIMEOUT_MS = 120_000;

/** Number and text of a message. */
const textOf = (offset: number) => `${offset} text ${offset}`;

/** A reading of the log, as Redis has seen it. */
interface Reading {
  /** The connection on which the script was called; `lua`: a command within a script. */
  readonly source: string;
  readonly command: string;
}

/** Watches all readings of the log, until the test ends. */
async function watchReadings({ port }: RedisServer): Promise<Inbox<Reading>> {
  const readings = new Inbox<Reading>();
  const client = new Redis(port, '127.0.0.1');
  const monitor = await client.monitor();
  onTestFinished(() => {
    monitor.disconnect();
    client.disconnect();
  });
  monitor.on('monitor', (_time: string, [name = '', first = '']: string[], source: string) => {
    const command = name.toLowerCase();
    const isScript = command === 'evalsha' && first === READ_ENTRIES.sha;
    if (isScript || (/^x(rev)?range$/.test(command) && first === STREAM_KEY)) readings.put({ source, command });
  });
  return readings;
}

async function openAll(nodes: readonly HistoryNode[]): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  while (clients.length < CLIENTS) {
    const batch = Array.from({ length: BATCH }, (_, n) =>
      RawClient.open((nodes[n % nodes.length] as HistoryNode).port, { path: '/hub?positions=1' }),
    );
    clients.push(...(await Promise.all(batch)));
  }
  onTestFinished(() => {
    for (const { socket } of clients) socket.destroy();
  });
  return clients;
}

describe.runIf(hasRedis)('a group with history', () => {
  test(
    'is read once by each node when two thousand clients come back at once',
    async () => {
      const redis = await ownRedis();
      const nodes = [await startNode(redis.url), await startNode(redis.url)] as const;
      const before = await openAll(nodes);
      await Promise.all(before.map((client) => client.invoke('Join', GROUP)));
      await sendAll(nodes[0], 'text 1');
      for (const { records } of before) await records.first(({ target }) => target === 'Heard');
      for (const { socket } of before) socket.destroy();
      // Nobody is there: the nodes let go of the group.
      const followers = async () => (await redis.command('PUBSUB', 'NUMSUB', `test:log-channel:${LOG}`)) as unknown[];
      while ((await followers())[1] !== 0);
      const newest = await sendAll(nodes[0], ...Array.from({ length: KEPT - 1 }, (_, n) => `text ${n + 2}`));
      expect(newest.offset).toBe(KEPT);

      const readings = await watchReadings(redis);
      const clients = await openAll(nodes);
      const answers = await Promise.all(
        clients.map((client, n) => client.invoke('Recover', GROUP, { ...newest, offset: n % KEPT })),
      );
      for (const [n, { result }] of answers.entries()) {
        const { recovered, messages, position } = result as Recovery;
        expect([recovered, position]).toEqual([true, newest]);
        const wanted = Array.from({ length: KEPT - (n % KEPT) }, (_, at) => textOf((n % KEPT) + 1 + at));
        // As one text: a comparison of lists takes longer than everything else.
        expect(messages.map(({ args, position: { offset } }) => `${offset} ${args[0]}`).join()).toBe(wanted.join());
      }
      const last = (await nodes[1].send('last')) as Position;
      expect(last).toEqual({ ...newest, offset: KEPT + 1 });
      const heard = clients.map(({ records }) => records.first(({ target }) => target === 'Heard'));
      for (const { arguments: args, headers } of await Promise.all(heard))
        expect([args, headers?.['sb-p']]).toEqual([['last'], `${last.epoch}:${last.offset}`]);

      // The script that has added the last message reads, too: Redis has told everything before.
      await eventually(() => readings.all.filter(({ command }) => command === 'xrange').length > 0);
      const called = readings.all.filter(({ command }) => command === 'evalsha');
      const read = readings.all.filter(({ command, source }) => command === 'xrevrange' && source === 'lua');
      expect([called.length, new Set(called.map(({ source }) => source)).size]).toEqual([nodes.length, nodes.length]);
      expect(read.length).toBe(nodes.length);
    },
    TIMEOUT_MS,
  );
});
