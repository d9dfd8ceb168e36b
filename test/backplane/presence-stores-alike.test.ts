// The presence of a backplane in memory, which all simulations use, does what that in Redis does.
import fc from 'fast-check';
import { afterAll, describe, expect } from 'vitest';
import type { Backplane } from '../../src/backplane/backplane.ts';
import { MemoryBackplane } from '../../src/backplane/memory.ts';
import { RedisBackplane } from '../../src/backplane/redis.ts';
import { systemClock } from '../../src/clock.ts';
import { BackplaneObserver } from '../../src/testing/backplane-observer.ts';
import { property } from '../support/property.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

const HUB = '/hub';
const LONG_MS = 600_000;
const redis = hasRedis ? await startRedis() : undefined;
afterAll(() => redis?.stop());
let places = 0;

/** One store, with the numbers and tokens of the boots that write to it. */
class Side {
  readonly backplane: Backplane;
  readonly #tokens = new Map<string, number>();
  #number = 0;

  constructor(backplane: Backplane) {
    this.backplane = backplane;
  }

  async open(): Promise<void> {
    const observer = new BackplaneObserver();
    this.backplane.open(observer);
    await observer.until('opened', 1);
  }

  async do(action: Action): Promise<unknown> {
    const { presence } = this.backplane;
    const boot = { nodeId: action.boot, bootId: `boot of ${action.boot}` };
    switch (action.type) {
      case 'live':
        return (await this.backplane.renewLease({ ...boot, ms: LONG_MS })).outcome;
      case 'die':
        return this.backplane.releaseLease(boot);
      case 'enter':
        return presence.enter(HUB, { ...boot, epoch: action.epoch, newEpoch: 'first', recoveryMs: LONG_MS });
      case 'leave':
        return presence.leave(HUB, boot);
      case 'tell': {
        const token = this.#tokens.get(`${action.boot} ${action.key}`) ?? 0;
        return presence.markTold(HUB, action.key, boot, token, action.told, action.from);
      }
      case 'look':
        return { overdue: [...(await presence.overdue(HUB, action.graceMs))].sort(), ...(await this.#read()) };
      case 'write': {
        this.#number += 1;
        const { key, claim, graceMs, told } = action;
        const written = await presence.write(HUB, key, { ...boot, number: this.#number, claim, graceMs, told });
        if (written.token !== undefined) this.#tokens.set(`${action.boot} ${key}`, written.token);
        return { ...written, removed: [...written.removed].sort(), holder: shown(written.holder) };
      }
    }
  }

  async #read() {
    const { presence } = this.backplane;
    const { holders, next } = await presence.list(HUB, { prefix: '', after: undefined, limit: 10 });
    const got = await Promise.all(KEYS.map((key) => presence.get(HUB, key)));
    return { holders: holders.map(shown), next, got: got.map(shown), count: await presence.count(HUB, '') };
  }
}

/** Without the moment, and with the connections in one order. */
function shown<T extends { readonly connectionIds: readonly string[]; readonly since: number }>(holder: T | undefined) {
  return holder && { ...holder, since: 0, connectionIds: [...holder.connectionIds].sort() };
}

const KEYS = ['a', 'b'];
const boot = fc.constantFrom('one', 'two', 'three');
const key = fc.constantFrom(...KEYS);
const graceMs = fc.constantFrom(0, LONG_MS);
const told = fc.option(fc.constantFrom('told 1', 'told 2'), { nil: undefined });
const claim = fc.option(
  fc.record({
    as: fc.constantFrom('ann', 'bob'),
    connectionIds: fc.constantFrom(['x'], ['y', 'z']),
    user: fc.constant('null'),
    info: fc.constantFrom('1', '2'),
    setsInfo: fc.boolean(),
    revision: fc.nat(2),
    wasGranted: fc.boolean(),
  }),
  { nil: undefined },
);
const write = fc.record({
  type: fc.constant('write' as const),
  boot,
  key,
  claim,
  graceMs,
  told: fc.oneof(fc.constant(undefined), told),
});
const action = fc.oneof(
  fc.record({ type: fc.constantFrom('live' as const, 'die' as const, 'leave' as const), boot }),
  fc.record({ type: fc.constant('enter' as const), boot, epoch: fc.constantFrom(undefined, 'first', 'ended') }),
  fc.record({ type: fc.constant('look' as const), boot, graceMs }),
  ...[1, 2].map(() =>
    fc.record({ type: fc.constant('tell' as const), boot, key, told, from: fc.option(key, { nil: undefined }) }),
  ),
  ...[1, 2, 3, 4].map(() => write),
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

describe.runIf(hasRedis)('the presence of memory and of Redis', () => {
  property(
    'is the same, whatever is asked, in whatever order',
    [fc.array(action, { maxLength: 60, size: 'max' })],
    { runs: 300, sometimes: ['done', 'taken', 'kept', 'busy', 'unleased', 'unknown', 'something overdue', 'told'] },
    async (actions, reached) => {
      places += 1;
      const name = `alike-${places}`;
      const memory = new Side(new MemoryBackplane(name, systemClock));
      const real = new Side(new RedisBackplane(redis?.url ?? '', { clock: systemClock, prefix: name }));
      try {
        await Promise.all([memory.open(), real.open()]);
        const beginning = (['one', 'two'] as const).flatMap((node): Action[] => [
          { type: 'live', boot: node },
          { type: 'enter', boot: node, epoch: undefined },
        ]);
        for (const each of [...beginning, ...actions]) {
          const [here, there] = await Promise.all([memory.do(each), real.do(each)]);
          expect({ action: each, result: there }).toEqual({ action: each, result: here });
          const { outcome, overdue } = (here ?? {}) as { outcome?: 'done'; overdue?: readonly string[] };
          if (each.type === 'write' && outcome !== undefined) reached(outcome);
          reached('something overdue', (overdue ?? []).length > 0);
          reached('told', each.type === 'tell' && here === true);
        }
      } finally {
        await Promise.all([memory, real].map(({ backplane }) => backplane.close()));
      }
    },
  );
});
