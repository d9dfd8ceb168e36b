import type { StandardSchemaV1 } from '@standard-schema/spec';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { ArgumentsError } from '../../src/errors.ts';
import { bind, bindItem } from '../../src/hub/binding.ts';
import { property } from '../support/property.ts';

type Says = 'takes' | 'refuses' | 'throws';

/** Answers of a schema for null and undefined, and whether they are asynchronous. It accepts every text. */
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

/** Outcome of one value: the value that the method gets, or the error. */
function outcomeOf([{ ofNull, ofUndefined }, sent]: readonly [Kind, unknown]): { readonly got: unknown } | string {
  if (sent === 'text') return { got: { made: 'text' } };
  if (sent !== null) return `not ${sent}`;
  if (ofNull === 'throws') return 'thrown at null';
  if (ofNull === 'takes') return { got: { made: null } };
  return ofUndefined === 'takes' ? { got: { made: undefined } } : 'not null';
}

describe('a value from a client', () => {
  property(
    'that is null, and does not fit, is tried as undefined; what fits is kept',
    [calls],
    { runs: 500, sometimes: ['all values fit', 'one does not fit', 'null is tried as undefined'] },
    async (call, reached) => {
      const schemas = call.map(([of]) => schemaOf(of));
      const outcomes = call.map(outcomeOf);
      const bound = (async () =>
        bind(
          schemas,
          call.map(([, sent]) => sent),
        ))();
      const failed = outcomes.findIndex((fate) => typeof fate === 'string');
      reached(failed === -1 ? 'all values fit' : 'one does not fit');
      reached(
        'null is tried as undefined',
        failed === -1 && call.some(([, sent], at) => sent === null && (outcomes[at] as { got: unknown }).got !== null),
      );
      if (failed === -1) {
        expect(await bound).toEqual(outcomes.map((fate) => (fate as { got: unknown }).got));
        return;
      }
      // Synchronous schemas are checked first, so the error need not be that of the first value, but it is one of them.
      const error = (await bound.catch((reason: unknown) => reason)) as Error;
      expect(error instanceof ArgumentsError || error instanceof RangeError).toBe(true);
      expect(outcomes).toContain(error.message.replace(/^Argument \d+: /, ''));
    },
  );

  property(
    'is treated alike as an item of an upload',
    [kind, value],
    { runs: 200, sometimes: ['it fits', 'it does not fit'] },
    async (of, sent, reached) => {
      const fate = outcomeOf([of, sent]);
      const bound = bindItem(schemaOf(of), sent);
      reached(typeof fate === 'string' ? 'it does not fit' : 'it fits');
      if (typeof fate !== 'string') expect(await bound).toEqual(fate.got);
      else await expect(bound).rejects.toThrow(fate);
    },
  );
});
