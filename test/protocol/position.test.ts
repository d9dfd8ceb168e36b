import fc from 'fast-check';
import { expect, test } from 'vitest';
import { positionText, readPosition } from '../../src/protocol/position.ts';

test('a position is read back as it was written, whatever its epoch', () => {
  const position = fc.record({ epoch: fc.string({ minLength: 1 }), offset: fc.maxSafeNat() });
  fc.assert(
    fc.property(position, (one) => {
      expect(readPosition(positionText(one))).toEqual(one);
    }),
  );
});

test.each(['', ':1', 'epoch', 'epoch:', 'epoch:-1', 'epoch:1.5', 'epoch:1e3', 'epoch: 1', 'epoch:9007199254740993'])(
  '%j is no position',
  (text) => expect(readPosition(text)).toBeUndefined(),
);
