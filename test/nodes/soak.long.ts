// Three nodes under traffic for minutes, with one fault after the other, in any order: Redis and its connections, and the
// nodes themselves. SIGNALBOX_SOAK_SECONDS says for how long; a failure prints its faults.
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, onTestFailed, test } from 'vitest';
import { hasRedis } from '../support/redis.ts';
import { startSilentProxy } from '../support/silent-proxy.ts';
import { ownRedis } from './node-process.ts';
import { SoakNode } from './soak-node.ts';

const SECONDS = Number(process.env.SIGNALBOX_SOAK_SECONDS ?? 180);
const LEASE_MS = 2_000;
const NODES = 3;

const FAULTS = [
  'redis killed',
  'redis paused',
  'subscriber silent',
  'publisher silent',
  'node killed',
  'node paused',
] as const;
const faults = fc.record({
  kind: fc.constantFrom(...FAULTS),
  node: fc.nat(NODES - 1),
  /** Longer and shorter than a lease. */
  ms: fc.integer({ min: 50, max: 2 * LEASE_MS }),
  /** Whether the next one waits until all nodes are linked again. */
  settles: fc.boolean(),
});
type Fault = typeof faults extends fc.Arbitrary<infer Value> ? Value : never;

describe.runIf(hasRedis)('nodes under traffic, with one fault after the other,', () => {
  test('lose nothing without telling so, and confuse nothing', async () => {
    const redis = await ownRedis();
    const proxy = await startSilentProxy(redis.port);
    const options = { backplane: `redis://127.0.0.1:${proxy.port}`, leaseMs: LEASE_MS };
    let starts = 0;
    const start = (at: number) => {
      starts += 1;
      return SoakNode.start({ ...options, nodeId: `node-${at}` }, starts);
    };
    const nodes = await Promise.all(Array.from({ length: NODES }, (_, at) => start(at)));
    const all = [...nodes];
    const done: Fault[] = [];
    onTestFailed(() => console.error('faults:', JSON.stringify(done)));

    const connectionOf = (at: number, isSubscriber: boolean) => (sent: string) =>
      /\r\nsubscribe\r\n/i.test(sent) === isSubscriber &&
      sent.includes(isSubscriber ? `:n:node-${at}:` : `:lease:node-${at}`);
    const inflict: Record<Fault['kind'], (fault: Fault) => Promise<unknown>> = {
      async 'redis killed'({ ms }) {
        await redis.kill();
        await setTimeout(ms);
        await redis.start();
      },
      async 'redis paused'({ ms }) {
        redis.pause();
        await setTimeout(ms);
        redis.resume();
      },
      'subscriber silent': async ({ node }) => proxy.silence(connectionOf(node, true)),
      'publisher silent': async ({ node }) => proxy.silence(connectionOf(node, false)),
      async 'node killed'({ node: at }) {
        await nodes[at]?.process.kill();
        const node = await start(at);
        nodes[at] = node;
        all.push(node);
        node.begin();
      },
      async 'node paused'({ node: at, ms }) {
        nodes[at]?.process.pause();
        await setTimeout(ms);
        nodes[at]?.process.resume();
      },
    };
    const settle = () => Promise.all(nodes.map(({ process }) => process.ask('linkedWith', NODES - 1)));

    await settle();
    for (const node of nodes) node.begin();
    const until = Date.now() + SECONDS * 1_000;
    while (Date.now() < until) {
      const [fault] = fc.sample(faults, 1) as [Fault];
      done.push(fault);
      await inflict[fault.kind](fault);
      if (fault.settles) await settle();
      for (const { failure } of all) if (failure !== undefined) throw failure;
    }
    await settle();
    const last = await Promise.all(nodes.map((node) => node.finish()));

    for (const { receiver } of nodes) {
      for (const [at, { sender }] of nodes.entries()) {
        await expect.poll(() => receiver.latestOf(sender), { timeout: 60_000 }).toBe(last[at]);
      }
    }
    for (const node of all) {
      if (node.failure !== undefined) throw node.failure;
      expect(
        node.receiver.missing((sender) => sender === node.sender),
        'messages within a node',
      ).toBe(0);
      if (nodes.includes(node)) {
        await expect.poll(() => node.told, { timeout: 10_000 }).toBeGreaterThanOrEqual(node.receiver.missing());
      }
    }
    for (const { process } of nodes) {
      await expect
        .poll(() => process.ask('status'))
        .toMatchObject({ state: 'linked', problems: [], waiting: 0, connections: 2 });
      expect(process.lines.all.filter(({ level }) => level === 'error')).toEqual([]);
    }
    const figures = {
      faults: done.length,
      sent: all.reduce((sum, { sent }) => sum + sent, 0),
      received: all.reduce((sum, { receiver }) => sum + receiver.received, 0),
      missing: all.map(({ receiver }) => receiver.missing()),
      told: all.map(({ told }) => told),
    };
    console.log(JSON.stringify(figures));
    expect(figures.received).toBeGreaterThan(figures.sent);
  });
});
