// As rolling-restart.test.ts, for minutes: nodes are restarted in rounds, and killed while they add messages.
import { describe, expect, test } from 'vitest';
import { hasRedis } from '../support/redis.ts';
import { HistoryLoad } from './history-load.ts';

const ROUNDS = 5;
const NODES = [0, 1, 2];

describe.runIf(hasRedis)('a group with history', () => {
  test.each([
    ['restarted', ['SIGTERM']],
    ['killed', ['SIGKILL']],
    ['restarted or killed', ['SIGTERM', 'SIGKILL', 'SIGKILL', 'SIGTERM']],
  ] as const)(`loses nothing while all nodes are %s in ${ROUNDS} rounds`, async (_what, ways) => {
    const load = await HistoryLoad.start(2_000);
    let replaced = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (const at of NODES) {
        if (round % 2 === 1) await load.burst(5);
        await load.replace(at, ways[replaced % ways.length] as 'SIGTERM' | 'SIGKILL');
        replaced += 1;
        await load.flow(20);
      }
    }
    const figures = await load.finish();
    console.log(JSON.stringify({ replaced, ...figures }));
    expect(figures.recovered).toBeGreaterThan(0);
  });
});
