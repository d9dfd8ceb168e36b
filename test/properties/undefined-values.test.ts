import type { StandardSchemaV1 } from '@standard-schema/spec';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { ArgumentsError } from '../../src/errors.ts';
import { bind, bindItem } from '../../src/hub/binding.ts';
import { property } from '../support/property.ts';

type Says = 'takes' | 'refuses' | 'throws';

/** What a schema says of what is no text, and whether at once. It takes every text. */
interface Kind {
  readonly ofNull: Says;
  readonly ofUndefined: Says;
  readonly isAsync: boolean;
}

const says = fc.constantFrom<Says>('takes', 'takes', 'refuses', 'refuses', 'throws');
const kind = fc.record({ ofNull: says, ofUndefined: says, isAsync: fc.boolean() });
const value = fc.constantFrom(null, null, 'text', 7);
const calls = fc.array(fc.tuple(kind, value), { minLength: 1, maxLength: 4 });

function schemaOf({ ofNull, ofUndefined, isAsync }: Kind): StandardSchemaV1 {
  const answer = (given: unknown): StandardSchemaV1.Result<unknown> => {
    const word = given === null ? ofNull : given === undefined ? ofUndefined : given === 'text' ? 'takes' : 'refuses';
    if (word === 'throws') throw new RangeError(`thrown at ${given}`);
    return word === 'takes' ? { value: { made: given } } : { issues: [{ message: `not ${given}` }] };
  };
  const validate = isAsync ? async (given: unknown) => answer(given) : answer;
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

/** What becomes of one value: what the method gets, or the error. */
function fateOf([{ ofNull, ofUndefined }, sent]: readonly [Kind, unknown]): { readonly got: unknown } | string {
  if (sent === 'text') return { got: { made: 'text' } };
  if (sent !== null) return `not ${sent}`;
  if (ofNull === 'throws') return 'thrown at null';
  if (ofNull === 'takes') return { got: { made: null } };
  return ofUndefined === 'takes' ? { got: { made: undefined } } : 'not null';
}

describe('a value from a client', () => {
  property('that is null, and does not fit, is tried as undefined; what fits is kept', [calls], 500, async (call) => {
    const schemas = call.map(([of]) => schemaOf(of));
    const fates = call.map(fateOf);
    const bound = (async () =>
      bind(
        schemas,
        call.map(([, sent]) => sent),
      ))();
    const failed = fates.findIndex((fate) => typeof fate === 'string');
    if (failed === -1) {
      expect(await bound).toEqual(fates.map((fate) => (fate as { got: unknown }).got));
      return;
    }
    // Whatever is not asynchronous is looked at first, so it need not be the first that fails: but it is one of them.
    const error = (await bound.catch((reason: unknown) => reason)) as Error;
    expect(error instanceof ArgumentsError || error instanceof RangeError).toBe(true);
    expect(fates).toContain(error.message.replace(/^Argument \d+: /, ''));
  });

  property('is treated alike as an item of an upload', [kind, value], 200, async (of, sent) => {
    const fate = fateOf([of, sent]);
    const bound = bindItem(schemaOf(of), sent);
    if (typeof fate !== 'string') expect(await bound).toEqual(fate.got);
    else await expect(bound).rejects.toThrow(fate);
  });
});
