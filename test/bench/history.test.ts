import { describe, expect, onTestFinished, test } from 'vitest';
import type { CostSet } from '../../bench/history/generator.ts';
import { historyHub } from '../../bench/history/hub.ts';
import { Messages } from '../../bench/history/messages.ts';
import { historyTable } from '../../bench/history/table.ts';
import { Service } from '../../bench/nodes/service.ts';
import type { Cores, Pinned } from '../../bench/rig/cores.ts';
import * as library from '../../src/index.ts';
import { hasRedis } from '../support/redis.ts';

const PROGRAM = [process.execPath, '--import', 'tsx', 'bench/history/node.ts'];
const unpinned: Pinned = (command) => command as ReturnType<Pinned>;
const ANY_CORE: Cores = { server: unpinned, generator: unpinned, text: '' };

test('messages of a batch go to the group that keeps them, or to the other one', async () => {
  const hub = historyHub(library);
  const server = library.createServer({ hubs: { '/bench': hub }, logLevel: 'warn' });
  onTestFinished(() => server.close({ drainMs: 0 }));
  const { port } = await server.listen({ port: 0 });
  const messages = await Messages.to({ ports: [port], pids: [process.pid] }, 8);
  const history = server.context(hub).history('kept');
  const kept = async () => (await history.latest({ limit: 1 }))[0]?.position.offset ?? 0;
  const plain = await messages.next('plain');
  expect([messages.sent > 0, messages.sent % 8, await kept()]).toEqual([true, 0, 0]);
  const cost = await messages.next('kept');
  expect(await kept()).toBe(messages.sent);
  for (const { cpuUs, p50Us, p99Us } of [plain, cost]) {
    expect(cpuUs).toBeGreaterThan(0);
    expect(p50Us).toBeGreaterThan(0);
    expect(p99Us).toBeGreaterThanOrEqual(p50Us);
  }
});

test.runIf(hasRedis)('they reach the members on all nodes of a service', async () => {
  const service = new Service();
  onTestFinished(() => service.end());
  const place = await service.start(ANY_CORE, (port) => [...PROGRAM, `redis://127.0.0.1:${port}`]);
  expect([place.ports.length, place.pids.length]).toEqual([2, 3]);
  const messages = await Messages.to(place, 1);
  for (const group of ['plain', 'kept'] as const) {
    await messages.next(group);
    expect(messages.sent).toBeGreaterThan(0);
  }
});

test('a service may be one node without Redis', async () => {
  const service = new Service();
  onTestFinished(() => service.end());
  const place = await service.startAlone(ANY_CORE, PROGRAM);
  expect([place.ports.length, place.pids.length]).toEqual([1, 1]);
});

describe('the table of messages to groups with history', () => {
  test('has both times and their ratio, which a slower machine does not change', () => {
    const costs = (factor: number, set: number) => ({
      kept: { cpuUs: 2 * factor * (set + 1), p50Us: 3 * factor * (set + 1), p99Us: 8 * factor * (set + 1) },
      plain: { cpuUs: factor * (set + 1), p50Us: 2 * factor * (set + 1), p99Us: 4 * factor * (set + 1) },
    });
    const sets = Array.from(
      { length: 9 },
      (_, set): CostSet => ({ alone: costs(1, set), one: costs(10, set), two: costs(20, set) }),
    );
    expect(
      historyTable('1 in flight', sets, 1)
        .split('\n')
        .map((line) => line.trim().split(/ {2,}/)),
    ).toEqual([
      ['1 in flight'],
      ['CPU us', 'without', 'ratio', '90 % interval', 'p50 us', 'without', 'ratio', 'p99 us', 'without', 'ratio'],
      ['memory:', '10.0', '5.00', '2.00', '2.00-2.00', '15.0', '10.0', '1.50', '40.0', '20.0', '2.00'],
      ['Redis, one node', '100', '50.0', '2.00', '2.00-2.00', '150', '100', '1.50', '400', '200', '2.00'],
      ['Redis, two nodes', '200', '100', '2.00', '2.00-2.00', '300', '200', '1.50', '800', '400', '2.00'],
      ['9 rounds'],
    ]);
  });
});
