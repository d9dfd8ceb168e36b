import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { checkJsonEnvelope } from '../../src/protocol/json-envelope.ts';
import { property } from '../support/property.ts';

/** Each known property, its type, and the name of that type in the error. */
const KNOWN = [
  ['type', 'number', 'Number'],
  ['invocationId', 'string', 'String'],
  ['target', 'string', 'String'],
  ['arguments', 'array', 'Array'],
  ['streamIds', 'array', 'Array'],
  ['error', 'string', 'String'],
  ['allowReconnect', 'boolean', 'Boolean'],
  ['sequenceId', 'number', 'Number'],
  ['headers', 'object', 'StartObject'],
] as const;

const SAMPLES = { number: 1, string: 'text', array: [], boolean: true, object: {}, null: null } as const;

describe('the envelope of a message', () => {
  for (const [property, right, name] of KNOWN) {
    for (const [kind, sample] of Object.entries(SAMPLES)) {
      const envelope = { type: 6, [property]: sample };
      if (kind === right) {
        test(`takes a ${kind} as ${property}`, () => {
          expect(() => checkJsonEnvelope(envelope)).not.toThrow();
        });
      } else {
        test(`refuses a ${kind} as ${property}`, () => {
          const refusal = new ProtocolError(`Expected '${property}' to be of type ${name}.`);
          expect(() => checkJsonEnvelope(envelope)).toThrow(refusal);
        });
      }
    }
  }

  test('needs a type', () => {
    expect(() => checkJsonEnvelope({})).toThrow(new ProtocolError("Missing required property 'type'."));
  });

  test('wants whole numbers, texts as stream ids and texts as headers', () => {
    const refusals = [
      [{ type: 1.5 }, "Expected 'type' to be of type Int32."],
      [{ type: 1, streamIds: ['a', 1] }, "Expected 'streamIds[]' to be of type String."],
      [{ type: 1, headers: { a: 1 } }, "Expected header 'a' to be of type String."],
    ] as const;
    for (const [envelope, text] of refusals) expect(() => checkJsonEnvelope(envelope)).toThrow(text);
  });

  test('is an object', () => {
    const refusals = [
      [[], 'Array'],
      [null, 'Null'],
      ['text', 'String'],
      [1, 'Number'],
      [true, 'Boolean'],
    ] as const;
    for (const [value, name] of refusals) {
      const text = `Unexpected JSON Token Type '${name}'. Expected a JSON Object.`;
      expect(() => checkJsonEnvelope(value)).toThrow(new ProtocolError(text));
    }
  });

  property(
    'throws nothing but a ProtocolError, and skips what it does not know',
    [
      fc.oneof(fc.jsonValue(), fc.record({ type: fc.oneof(fc.nat(8), fc.jsonValue()) })),
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.integer(),
    ],
    { runs: 300, sometimes: ['taken', 'refused', 'skipped'] },
    (value, others, type, reached) => {
      reached('skipped', Object.keys(others).length > 0);
      try {
        checkJsonEnvelope(value);
        reached('taken');
      } catch (error) {
        reached('refused');
        expect(error).toBeInstanceOf(ProtocolError);
      }
      const unknown = Object.fromEntries(Object.entries(others).map(([name, item]) => [`x-${name}`, item]));
      expect(checkJsonEnvelope({ ...unknown, type })).toEqual(checkJsonEnvelope({ type }));
    },
  );

  test('tells an item or a result that is null from none', () => {
    expect('result' in checkJsonEnvelope({ type: 3 })).toBe(false);
    expect(checkJsonEnvelope({ type: 3, result: null })).toHaveProperty('result', null);
    expect('item' in checkJsonEnvelope({ type: 2 })).toBe(false);
    expect(checkJsonEnvelope({ type: 2, item: null })).toHaveProperty('item', null);
  });
});
