import fc from 'fast-check';

/** Whole numbers of 10^-18, such as a decimal of 30 and 18 digits can be. Small ones, and round ones, are frequent. */
export const units: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: -(10n ** 48n) + 1n, max: 10n ** 48n - 1n }),
  fc.bigInt({ min: -20n, max: 20n }),
  fc
    .tuple(fc.bigInt({ min: -50n, max: 50n }), fc.integer({ min: 0, max: 30 }))
    .map(([n, zeros]) => n * 10n ** BigInt(zeros)),
);

/** Ways to write a decimal number, from its sign and its digits. */
export const decimalTexts: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.stringMatching(/^(0{0,3}[0-9]{1,27})$/),
    fc.oneof(fc.constant(''), fc.stringMatching(/^\.[0-9]{1,15}0{0,3}$/)),
  )
  .map((parts) => parts.join(''));
