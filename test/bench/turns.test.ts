import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { turned } from '../../bench/turns.ts';

test.prop([fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 6 })])(
  'in as many turns as there are places everything has been in each place equally often',
  (all) => {
    const turns = Array.from({ length: all.length * 2 }, (_, turn) => turned(all, turn));
    for (let place = 0; place < all.length; place++)
      for (const one of all) expect(turns.filter((turn) => turn[place] === one)).toHaveLength(2);
  },
);
