import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { type Piece, Shares } from '../../src/shares.ts';
import { property } from '../support/property.ts';

/** The simplest model of the shares. */
interface Plain {
  readonly holder: string;
  readonly n: number;
  weight: number;
  /** Time at which it began to weigh anything. */
  since: number;
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ add: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), weight: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ weigh: fc.nat(30), to: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.nat(30) }) },
);

describe('shares', () => {
  property(
    'know what each has: who has most, of several the one who has had something for longest, and the ends of their line',
    [fc.array(step, { maxLength: 60, size: 'max' })],
    { runs: 500, sometimes: ['nobody has anything', 'several have the same, and most', 'one has nothing any more'] },
    (steps, reached) => {
      const shares = new Shares<Plain>();
      const pieces: Piece<Plain>[] = [];
      let moment = 0;
      /** Time since which each holder has had something without a break. */
      const since = new Map<string, number>();
      const weigh = (plain: Plain, weight: number): void => {
        moment += 1;
        if (plain.weight === 0) plain.since = moment;
        plain.weight = weight;
        if (weight > 0 && !since.has(plain.holder)) since.set(plain.holder, moment);
        if (pieces.every(({ item }) => item.holder !== plain.holder || item.weight === 0)) since.delete(plain.holder);
      };
      for (const one of steps) {
        if ('add' in one) {
          const plain = { holder: one.add, n: pieces.length, weight: 0, since: 0 };
          pieces.push(shares.add(one.add, plain, one.weight));
          weigh(plain, one.weight);
        } else {
          const piece = pieces[('weigh' in one ? one.weigh : one.remove) % Math.max(1, pieces.length)];
          if (piece === undefined) continue;
          if ('weigh' in one) shares.weigh(piece, one.to);
          else shares.remove(piece);
          weigh(piece.item, 'weigh' in one ? one.to : 0);
        }
        const items = pieces.map(({ item }) => item).filter(({ weight }) => weight > 0);
        const sumOf = (name: string) =>
          items.reduce((sum, { holder, weight }) => sum + (holder === name ? weight : 0), 0);
        const [greatest] = [...since.keys()].sort(
          (a, b) => sumOf(b) - sumOf(a) || (since.get(a) ?? 0) - (since.get(b) ?? 0),
        );
        const own = items.filter(({ holder }) => holder === greatest).sort((a, b) => a.since - b.since);
        expect(shares.total).toBe(items.reduce((sum, { weight }) => sum + weight, 0));
        expect(shares.holders).toBe(since.size);
        expect(shares.greatest?.holder).toBe(greatest);
        reached('nobody has anything', greatest === undefined);
        if (greatest === undefined) continue;
        const equals = [...since.keys()].filter((name) => sumOf(name) === sumOf(greatest));
        reached('several have the same, and most', equals.length > 1);
        reached('one has nothing any more', items.length < pieces.length);
        expect(shares.greatest).toMatchObject({ weight: sumOf(greatest), oldest: own[0], newest: own.at(-1) });
      }
    },
  );
});
