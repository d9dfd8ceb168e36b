import { valueText } from '../../value-texts.ts';
import { StorageError } from '../storage.ts';

/** Largest number of digits before the point, and behind it. */
const WHOLE_DIGITS = 30;
const FRACTION_DIGITS = 18;

const DECIMAL = new RegExp(`^-?[0-9]{1,${WHOLE_DIGITS}}(\\.[0-9]{1,${FRACTION_DIGITS}})?$`);
const ONE = 10n ** BigInt(FRACTION_DIGITS);

/**
 * Reads an amount of money as a whole number of 10^-18, with which sums are exact.
 *
 * @param what Says in the error what the amount is of.
 * @throws {StorageError} `invalid`, when it is no decimal number, or has more digits than we keep.
 */
export function readDecimal(text: string, what: string): bigint {
  if (typeof text !== 'string' || !DECIMAL.test(text)) {
    throw new StorageError(
      'invalid',
      `${what} is ${valueText(text)}, but it must be a decimal number as a text, such as "12.345678", ` +
        `with at most ${WHOLE_DIGITS} digits before the point and ${FRACTION_DIGITS} behind it.`,
    );
  }
  return unitsOf(text);
}

/** Reads an amount that `writeDecimal` or PostgreSQL has written: a sum may have more digits than one amount. */
export function unitsOf(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(FRACTION_DIGITS, '0'));
}

/** Writes an amount in its shortest form: `12.5`, `0`, `-3`. */
export function writeDecimal(units: bigint): string {
  const size = units < 0n ? -units : units;
  const fraction = `${size % ONE}`.padStart(FRACTION_DIGITS, '0').replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${size / ONE}${fraction === '' ? '' : `.${fraction}`}`;
}
