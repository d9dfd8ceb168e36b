import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { AttachedReplays } from '../../src/connection/stateful-reconnect/attached-replays.ts';
import type { AttachedReplay } from '../../src/connection/stateful-reconnect/resumable-connection.ts';
import { property } from '../support/property.ts';

/** Bytes that do not count. */
const FREE = 100_000;

const USERS = ['ann', 'bob', undefined];

/** Messages of one length. Letting go removes as few of them as possible. */
class Kept implements AttachedReplay {
  readonly connectionId: string;
  readonly userId: string | undefined;
  readonly #all: AttachedReplays;
  readonly #step: number;
  readonly #asked: (one: Kept) => void;
  bytes = 0;

  /** @param asked Called before messages are let go. */
  constructor(at: number, step: number, all: AttachedReplays, asked: (one: Kept) => void) {
    this.connectionId = `c${at}`;
    this.userId = USERS[at % USERS.length];
    this.#step = step;
    this.#all = all;
    this.#asked = asked;
  }

  get counted(): number {
    return Math.max(0, this.bytes - FREE);
  }

  keep(bytes: number): void {
    this.bytes = bytes;
    this.#all.weigh(this, bytes);
  }

  trim(bytes: number): void {
    this.#asked(this);
    this.keep(Math.max(0, this.bytes - Math.ceil(bytes / this.#step) * this.#step));
  }
}

const sum = (some: readonly Kept[]) => some.reduce((total, { counted }) => total + counted, 0);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ who: fc.nat(5), keeps: fc.integer({ min: 0, max: 400_000 }) }) },
  { weight: 1, arbitrary: fc.record({ gone: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({ trim: fc.integer({ min: -1_000, max: 600_000 }), user: fc.constantFrom(...USERS) }),
  },
);

describe('what connections with a transport keep', () => {
  property(
    'counts beyond what each may keep anyway; who keeps most lets go first, of one user or of all',
    [
      fc.array(step, { maxLength: 60, size: 'max' }),
      fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 6, maxLength: 6 }),
    ],
    { runs: 300, sometimes: ['one user lets go', 'several let go at once', 'all let go', 'everything is let go'] },
    (steps, lengths, reached) => {
      const all = new AttachedReplays();
      const asked: Kept[] = [];
      const unjust: Kept[] = [];
      let concerned: readonly Kept[] = [];
      const ask = (one: Kept) => {
        asked.push(one);
        const most = Math.max(...concerned.map(({ counted }) => counted));
        if (!concerned.includes(one) || one.counted < most) unjust.push(one);
      };
      const kept = lengths.map((length, at) => new Kept(at, length, all, ask));
      for (const one of steps) {
        if ('who' in one) {
          const replay = kept[one.who] as Kept;
          const before = replay.counted;
          replay.bytes = one.keeps;
          expect(all.weigh(replay, one.keeps)).toBe(replay.counted > before);
        } else if ('gone' in one) {
          const replay = kept[one.gone] as Kept;
          all.remove(replay);
          replay.bytes = 0;
        } else {
          concerned = kept.filter(({ userId }) => one.user === undefined || userId === one.user);
          const before = sum(concerned);
          all.trim(one.trim, one.user);
          const left = Math.max(0, before - Math.max(0, one.trim));
          expect(sum(concerned)).toBeLessThanOrEqual(left);
          expect(sum(concerned)).toBeGreaterThan(left - Math.max(...lengths));
          const some = new Set(asked);
          reached('one user lets go', some.size > 0 && one.user !== undefined);
          reached('all let go', some.size > 0 && one.user === undefined);
          reached('several let go at once', some.size > 1);
          reached('everything is let go', some.size > 0 && left === 0);
          expect(asked.splice(0).length > 0).toBe(one.trim > 0 && before > 0);
          expect(unjust).toEqual([]);
        }
        expect(all.bytes).toBe(sum(kept));
        for (const user of ['ann', 'bob']) {
          expect(all.bytesOf(user)).toBe(sum(kept.filter(({ userId }) => userId === user)));
        }
      }
    },
  );
});
