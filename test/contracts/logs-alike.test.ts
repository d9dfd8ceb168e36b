// The logs of all kinds of backplanes against those in memory: the same calls have the same outcomes, moments aside.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Appended, LogEntry, LogPage, LogQuery, LogState, LogTop } from '../../src/backplane/log-store.ts';
import { MemoryBackplane } from '../../src/backplane/memory.ts';
import { RedisBackplane } from '../../src/backplane/redis.ts';
import { systemClock } from '../../src/clock.ts';
import type { Position } from '../../src/protocol/position.ts';
import { BackplaneObserver } from '../../src/testing/backplane-observer.ts';
import { bytesOf } from '../../src/testing/backplane-test.ts';
import { property } from '../support/property.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

const redis = hasRedis ? await startRedis() : undefined;
const MOST = 5;

/** A log in one place. Epochs are random texts: each counts by when it was met. */
class Side {
  readonly backplane: MemoryBackplane | RedisBackplane;
  readonly observer = new BackplaneObserver();
  readonly #epochs: string[] = [];
  #log = '';

  constructor(backplane: MemoryBackplane | RedisBackplane) {
    this.backplane = backplane;
  }

  async begin(log: string): Promise<void> {
    this.#log = log;
    this.#epochs.length = 0;
    this.observer.seen.length = 0;
    await this.backplane.logs.follow([log]);
  }

  async append({ text, messageId, size, seen }: Append): Promise<unknown> {
    const entry = { ...this.#state(seen), size, messageId, bytes: bytesOf(text) };
    const { position, top }: Appended = await this.backplane.logs.append(this.#log, entry);
    return { at: this.#placed(position), top: top && this.#topOf(top) };
  }

  async remove({ messageId, seen }: Remove): Promise<unknown> {
    const top = await this.backplane.logs.remove(this.#log, messageId, this.#state(seen));
    return top && this.#topOf(top);
  }

  async read({ query, limit, seen }: Read): Promise<{ page: unknown; entries: readonly unknown[] }> {
    const whole = { ...this.#state(seen), ...query, limit } as LogQuery;
    const page: LogPage = await this.backplane.logs.read(this.#log, whole);
    return { page: { ...this.#topOf(page), after: page.after }, entries: page.entries.map(entryOf) };
  }

  /** What was told of the log. */
  async told(count: number): Promise<unknown> {
    const isTold = () => this.observer.seen.filter(({ type }) => type === 'appended' || type === 'removed');
    while (isTold().length < count) await new Promise((resolve) => setImmediate(resolve));
    this.backplane.logs.unfollow([this.#log]);
    return isTold().map((event) => {
      if (event.type === 'appended') return { entry: entryOf(event.entry), top: this.#topOf(event.top) };
      return event.type === 'removed' ? { removed: event.removed, top: this.#topOf(event.top) } : event;
    });
  }

  #state(seen: readonly Position[]): LogState {
    const known = seen.flatMap(({ epoch, offset }) => {
      const name = this.#epochs[Number(epoch)];
      return name === undefined ? [] : [{ epoch: name, offset }];
    });
    return { size: MOST, ttlMs: 600_000, seen: known };
  }

  #placed({ epoch, offset }: Position): Position {
    if (!this.#epochs.includes(epoch)) this.#epochs.push(epoch);
    return { epoch: `${this.#epochs.indexOf(epoch)}`, offset };
  }

  #topOf({ epoch, base, last, removals }: LogTop): LogTop {
    return { epoch: this.#placed({ epoch, offset: 0 }).epoch, base, last, removals };
  }
}

function entryOf({ offset, messageId, bytes }: LogEntry): unknown {
  return { offset, messageId, text: bytes && new TextDecoder().decode(bytes) };
}

const messageId = fc.constantFrom('a', 'b', 'c', 'd e', '\u{1f600}\n');
const number = fc.nat(14);
/** The epoch is the number of one that was met. */
const position = fc.record({
  epoch: fc.nat(2).map(String),
  offset: fc.oneof({ weight: 4, arbitrary: number }, { weight: 1, arbitrary: fc.constant(Number.MAX_SAFE_INTEGER) }),
});
const seen = fc.oneof(
  { weight: 5, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(position, { minLength: 1, maxLength: 3 }) },
);
const append = fc.record({
  do: fc.constant('append' as const),
  text: fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }).filter((text) => text.isWellFormed()),
  messageId: fc.option(messageId, { nil: undefined }),
  size: fc.constantFrom(MOST, MOST, MOST, 2),
  seen,
});
const remove = fc.record({ do: fc.constant('remove' as const), messageId, seen });
const after = fc.oneof(number, fc.record({ messageId }));
const query = fc.oneof(
  fc.record({ after, isWhole: fc.boolean() }),
  fc.record({
    before: fc.option(
      number.map((n) => n + 1),
      { nil: undefined },
    ),
  }),
);
const read = fc.record({ do: fc.constant('read' as const), query, limit: fc.integer({ min: 1, max: 6 }), seen });
type Append = typeof append extends fc.Arbitrary<infer Value> ? Value : never;
type Remove = typeof remove extends fc.Arbitrary<infer Value> ? Value : never;
type Read = typeof read extends fc.Arbitrary<infer Value> ? Value : never;
const step = fc.oneof(
  { weight: 6, arbitrary: append },
  { weight: 2, arbitrary: remove },
  { weight: 4, arbitrary: read },
);

describe.runIf(hasRedis)('logs in memory and in Redis', () => {
  const memory = new Side(new MemoryBackplane('logs-alike', systemClock));
  const other = new Side(new RedisBackplane(redis?.url ?? '', { clock: systemClock, prefix: 'test' }));
  const sides = [memory, other];
  let logs = 0;
  beforeAll(async () => {
    for (const { backplane, observer } of sides) {
      backplane.open(observer);
      await observer.until('opened', 1);
    }
  });
  afterAll(async () => {
    await Promise.all(sides.map(({ backplane }) => backplane.close()));
    await redis?.stop();
  });
  property(
    'give the same answers, and tell the same',
    [fc.array(step, { minLength: 20, maxLength: 60, size: 'max' })],
    {
      runs: 150,
      sometimes: [
        'a message was repeated',
        'a message was removed',
        'there was nothing to remove',
        'an epoch has begun',
        'an entry was not kept',
        'a page was cut',
        'a page was whole, or empty',
        'an emptied entry was read',
      ],
    },
    async (steps, reached) => {
      logs += 1;
      await Promise.all(sides.map((side) => side.begin(`log ${logs}`)));
      let told = 0;
      for (const one of steps) {
        const [expected, actual] = await Promise.all(
          sides.map((side) => {
            if (one.do === 'append') return side.append(one);
            return one.do === 'remove' ? side.remove(one) : side.read(one);
          }),
        );
        expect(actual, JSON.stringify(one)).toEqual(expected);
        const { top, at, page, entries } = (expected ?? {}) as {
          readonly top?: LogTop;
          readonly at?: Position;
          readonly page?: LogPage;
          readonly entries?: readonly { readonly offset: number; readonly text: string | undefined }[];
        };
        if (one.do === 'append' ? top !== undefined : one.do === 'remove' && expected !== undefined) told += 1;
        reached('a message was repeated', one.do === 'append' && top === undefined);
        reached('a message was removed', one.do === 'remove' && expected !== undefined);
        reached('there was nothing to remove', one.do === 'remove' && expected === undefined);
        reached('an epoch has begun', at !== undefined && at.epoch !== '0');
        if (one.do !== 'read' || page === undefined || entries === undefined) continue;
        const first = page.after ?? 0;
        reached('an entry was not kept', 'after' in one.query && (entries[0]?.offset ?? 0) > first + 1);
        reached('a page was cut', entries.length === one.limit && (entries.at(-1)?.offset ?? 0) < page.last);
        reached('a page was whole, or empty', 'after' in one.query && one.query.isWhole && page.last > first);
        reached(
          'an emptied entry was read',
          entries.some(({ text }) => text === undefined),
        );
      }
      const [expected, actual] = await Promise.all(sides.map((side) => side.told(told)));
      expect(actual).toEqual(expected);
    },
  );
});
