import { OptionsError } from '../errors.ts';
import { valueText } from '../value-texts.ts';

/** Visible characters of ASCII without those that mean something in a pattern of Redis. */
const PREFIX = /^(?!.*[*?[\]\\^])[!-~]{1,64}$/;

/** @throws {OptionsError} for a prefix that names of keys and channels must not begin with. */
export function checkPrefix(prefix: unknown): asserts prefix is string {
  if (typeof prefix === 'string' && PREFIX.test(prefix)) return;
  throw new OptionsError(
    `backplanePrefix is ${valueText(prefix)}, but it must be 1 to 64 visible characters of ASCII without * ? [ ] \\ ^.`,
  );
}
