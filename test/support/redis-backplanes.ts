// Backplanes in a Redis that a test brings into trouble.
import { onTestFinished } from 'vitest';
import type { RedisLimits } from '../../src/backplane/redis/redis-limits.ts';
import { RedisBackplane } from '../../src/backplane/redis.ts';
import { systemClock } from '../../src/clock.ts';
import { BackplaneObserver } from '../../src/testing/backplane-observer.ts';
import { bytesOf } from '../../src/testing/backplane-test.ts';

/** Deadlines for tests in which nobody answers. */
export const SHORT_LIMITS: Partial<RedisLimits> = {
  connectMs: 3_000,
  sentinelMs: 500,
  callMs: 1_000,
  firstPauseMs: 5,
  longestPauseMs: 50,
};

export interface RedisNode {
  readonly backplane: RedisBackplane;
  readonly observer: BackplaneObserver;
}

/** Begins to open a backplane, which is closed at the end of the test. */
export function openingRedis(url: string, limits: Partial<RedisLimits> = {}): RedisNode {
  const backplane = new RedisBackplane(url, { clock: systemClock, prefix: 'test', limits });
  const observer = new BackplaneObserver();
  onTestFinished(() => backplane.close());
  backplane.open(observer);
  return { backplane, observer };
}

/** Opens a backplane, which is closed at the end of the test. */
export async function openRedis(url: string, limits: Partial<RedisLimits> = {}): Promise<RedisNode> {
  const node = openingRedis(url, limits);
  await node.observer.until('opened', 1);
  return node;
}

/** Subscribes to a channel of its own, and resolves when a message to it has come. */
export async function carries({ backplane, observer }: RedisNode, channel: string): Promise<void> {
  const before = observer.texts.length;
  await backplane.subscribe([channel]);
  await backplane.publish([{ channel, bytes: bytesOf('works') }]);
  await observer.until('message', before + 1);
}

/** Calls of every kind. */
export function callAll({ backplane }: RedisNode): Promise<unknown>[] {
  return [
    backplane.publish([{ channel: 'x', bytes: bytesOf('1') }]),
    backplane.subscribe(['y']),
    backplane.renewLease({ nodeId: 'a', bootId: 'a1', ms: 60_000 }),
    backplane.releaseLease({ nodeId: 'b', bootId: 'b1' }),
    backplane.takeTurn('x', 60_000),
    backplane.takeTokens('x', { perSecond: 1, burst: 1 }, 1),
  ];
}
