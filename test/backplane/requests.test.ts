import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import type { OtherNode } from '../../src/backplane/link/directory.ts';
import { type Replies, Requests } from '../../src/backplane/requests/requests.ts';
import { Status } from '../../src/backplane/requests/status.ts';
import { readValue } from '../../src/backplane/wire/values.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { property } from '../support/property.ts';

const DEADLINE_MS = 4_000;
const NODES: readonly OtherNode[] = ['a', 'b', 'c'].map((id) => ({ nodeId: id, bootId: `boot ${id}` }));
const [A, B] = NODES as [OtherNode, OtherNode, OtherNode];
const QUESTION = { name: 'count', hub: '/hub', args: ['x'] };

class Asking {
  readonly posted: { readonly to: string; readonly id: number; readonly args: unknown }[] = [];
  readonly clock = new SimulatedClock();
  readonly wheel = new TimerWheel(this.clock, new CollectedLog());
  isLinked = true;
  readonly requests = new Requests({
    alarms: this.wheel,
    deadlineMs: DEADLINE_MS,
    canAsk: () => this.isLinked,
    post: ({ nodeId }, id, { args }) => this.posted.push({ to: nodeId, id, args: readValue(args) }),
    postToAll: (id, { args }) => this.posted.push({ to: 'all', id, args: readValue(args) }),
  });

  /** Number of times that a question has ended, and how. */
  ask(nodes: readonly OtherNode[], isForAll = false): { times: number; replies: Replies | undefined } {
    const ended = { times: 0, replies: undefined as Replies | undefined };
    void this.requests.ask(nodes, QUESTION, isForAll).then((replies) => {
      ended.times += 1;
      ended.replies = replies;
    });
    return ended;
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

describe('a question to other nodes', () => {
  test('is sent to each of them, or once to all, and ends with the last answer', async () => {
    const { posted, requests, ...asking } = spread(new Asking());
    const one = asking.ask([A, B]);
    const two = asking.ask(NODES, true);
    expect(posted.map(({ to, id }) => `${to} ${id}`)).toEqual(['a 1', 'b 1', 'all 2']);
    expect(posted[0]?.args).toEqual(['x']);
    requests.answered(A.bootId, 1, Status.Done, 7);
    await settled();
    expect(one.times).toBe(0);
    requests.answered(B.bootId, 1, Status.Refused, 'no');
    await settled();
    expect(one.replies).toEqual({
      replies: [
        { node: A, status: Status.Done, value: 7 },
        { node: B, status: Status.Refused, value: 'no' },
      ],
      missing: [],
      ended: [],
    });
    expect([two.times, requests.size]).toEqual([0, 1]);
  });

  test('ends at once when there is nobody to ask, or no connection', async () => {
    const asking = new Asking();
    const nobody = asking.ask([]);
    asking.isLinked = false;
    const unlinked = asking.ask([A]);
    await settled();
    expect(nobody.replies).toEqual({ replies: [], missing: [], ended: [] });
    expect(unlinked.replies).toEqual({ replies: [], missing: [A], ended: [] });
    expect([asking.posted, asking.requests.size, asking.wheel.armed]).toEqual([[], 0, 0]);
  });

  test('is sent again to those who have not answered, with its number, and given up at its deadline', async () => {
    const asking = new Asking();
    const ended = asking.ask(NODES, true);
    asking.requests.answered(A.bootId, 1, Status.Done, 1);
    asking.clock.increment(1_100);
    expect(asking.posted.slice(1).map(({ to, id }) => `${to} ${id}`)).toEqual(['b 1', 'c 1']);
    asking.requests.answered(B.bootId, 1, Status.Done, 1);
    asking.clock.increment(2_000);
    expect(asking.posted.slice(3).map(({ to, id }) => `${to} ${id}`)).toEqual(['c 1', 'c 1']);
    await settled();
    expect(ended.times).toBe(0);
    asking.clock.increment(1_200);
    await settled();
    expect(ended.replies?.missing).toEqual([NODES[2]]);
    expect(asking.posted).toHaveLength(5);
    expect(asking.wheel.armed).toBe(0);
  });

  test('counts a node as missing that does not know it or has failed, and as ended when it has ended', async () => {
    const { requests, ...asking } = spread(new Asking());
    const ended = asking.ask(NODES);
    requests.answered(A.bootId, 1, Status.Unknown, undefined);
    requests.answered(B.bootId, 1, Status.Failed, undefined);
    requests.left(NODES[2] as OtherNode);
    await settled();
    expect(ended.replies).toEqual({ replies: [], missing: [A, B], ended: [NODES[2]] });
  });

  test('is not answered by others, late, or twice', async () => {
    const { requests, ...asking } = spread(new Asking());
    const ended = asking.ask([A, B]);
    requests.answered('a stranger', 1, Status.Done, 1);
    requests.answered(A.bootId, 2, Status.Done, 1);
    for (const value of [1, 2]) requests.answered(A.bootId, 1, Status.Done, value);
    requests.left(B);
    requests.answered(B.bootId, 1, Status.Done, 1);
    await settled();
    expect(ended.replies).toEqual({
      replies: [{ node: A, status: Status.Done, value: 1 }],
      missing: [],
      ended: [B],
    });
  });

  test('is one of ten thousand at most', async () => {
    const asking = new Asking();
    for (let number = 0; number < 10_000; number++) void asking.requests.ask([A], QUESTION);
    const refused = asking.ask([A]);
    await settled();
    expect(refused.replies?.missing).toEqual([A]);
    expect(asking.requests.size).toBe(10_000);
    asking.requests.giveUp();
    expect([asking.requests.size, asking.wheel.armed]).toEqual([0, 0]);
  });

  const node = fc.constantFrom(...NODES);
  property(
    'ends exactly once, at its deadline at the latest, with each node in one of the lists',
    [
      fc.array(
        fc.oneof(
          { weight: 3, arbitrary: fc.record({ does: fc.constant('ask' as const), to: fc.subarray([...NODES]) }) },
          {
            weight: 6,
            arbitrary: fc.record({
              does: fc.constant('answer' as const),
              from: node,
              id: fc.integer({ min: 1, max: 8 }),
              status: fc.constantFrom(...Object.values(Status)),
            }),
          },
          { weight: 1, arbitrary: fc.record({ does: fc.constant('left' as const), from: node }) },
          { weight: 1, arbitrary: fc.record({ does: fc.constant('lost' as const) }) },
          { weight: 3, arbitrary: fc.record({ does: fc.constant('pass' as const), ms: fc.nat(2_000) }) },
        ),
        { maxLength: 40, size: 'max' },
      ),
    ],
    { runs: 500, sometimes: ['some are answered', 'some are missing', 'some have ended'] },
    async (steps, reached) => {
      const asking = new Asking();
      const asked: { to: readonly OtherNode[]; ended: ReturnType<Asking['ask']> }[] = [];
      for (const step of steps) {
        if (step.does === 'ask') asked.push({ to: step.to, ended: asking.ask(step.to) });
        else if (step.does === 'answer') asking.requests.answered(step.from.bootId, step.id, step.status, step.id);
        else if (step.does === 'left') asking.requests.left(step.from);
        else if (step.does === 'lost') asking.requests.giveUp();
        else asking.clock.increment(step.ms);
      }
      // Each of the four alarms may ring two ticks late.
      asking.clock.increment(DEADLINE_MS + 800);
      await settled();
      for (const { to, ended } of asked) {
        expect(ended.times).toBe(1);
        const { replies = [], missing = [], ended: gone = [] } = ended.replies ?? {};
        const named = [...replies.map((reply) => reply.node), ...missing, ...gone];
        expect(named.map(({ nodeId }) => nodeId).sort()).toEqual(to.map(({ nodeId }) => nodeId).sort());
        reached('some are answered', replies.length > 0);
        reached('some are missing', missing.length > 0);
        reached('some have ended', gone.length > 0);
      }
      expect([asking.requests.size, asking.wheel.armed]).toEqual([0, 0]);
    },
  );
});

function spread(asking: Asking) {
  const { posted, requests } = asking;
  return { posted, requests, ask: (nodes: readonly OtherNode[], isForAll?: boolean) => asking.ask(nodes, isForAll) };
}
