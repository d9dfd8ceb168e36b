// What a backplane is for: work is done by one server, and whoever waits for it is connected to another one.
import { describe, expect, test } from 'vitest';
import { callsTo, connect } from '../support/clients.ts';
import { hasRedis } from '../support/redis.ts';
import { ownRedis, startNodes } from './node-process.ts';
import type { TaskProgress } from './task-hub.ts';

/** Long, so that nobody counts as dead. */
const leaseMs = 10_000;

describe.runIf(hasRedis)('the progress of a task', () => {
  test('that is sent on one node reaches the subscriber on another one, and nobody else', async () => {
    const [one, other] = await startNodes(
      (await ownRedis()).url,
      { nodeId: 'one', leaseMs },
      { nodeId: 'other', leaseMs },
    );
    const [client1, client2] = [await connect(one.url('ann', '/tasks')), await connect(other.url('bob', '/tasks'))];
    const progress1 = callsTo<[TaskProgress]>(client1, 'TaskProgress');
    const progress2 = callsTo<[TaskProgress]>(client2, 'TaskProgress');
    await client2.invoke('SubscribeToTask', 'bob-render');
    await expect(client1.invoke('SubscribeToTask', 'bob-render')).rejects.toThrow('Access denied to this task');

    await one.ask('progress', 'bob-render', 50);
    await one.ask('progress', 'ann-other', 70);
    await one.ask('progress', 'bob-render', 100);

    expect(await progress2.until(2)).toEqual([
      [{ taskId: 'bob-render', percentComplete: 50 }],
      [{ taskId: 'bob-render', percentComplete: 100 }],
    ]);
    await client2.invoke('UnsubscribeFromTask', 'bob-render');
    await client1.invoke('SubscribeToTask', 'ann-other');
    await one.ask('progress', 'bob-render', 101);
    await one.ask('progress', 'ann-other', 80);
    expect(await progress1.until(1)).toEqual([[{ taskId: 'ann-other', percentComplete: 80 }]]);
    expect(progress2.length).toBe(2);
  });
});
