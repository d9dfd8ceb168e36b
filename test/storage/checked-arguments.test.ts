import { expect, test } from 'vitest';
import {
  type Arguments,
  checked,
  fields,
  flag,
  listOf,
  moment,
  name,
  oneOf,
  optional,
  orNull,
  text,
  wholeNumber,
} from '../../src/storage/rows/checked-arguments.ts';
import { StorageError } from '../../src/storage/storage.ts';

interface Store {
  put(values: readonly { readonly text: string; readonly at: number | null }[], limit?: number): Promise<unknown>;
}

const STORE: Store = { put: async (...given) => given };
const ARGUMENTS: Arguments<Store> = {
  put: [
    listOf(fields<{ text: string; at: number | null }>({ text, at: orNull(moment) })),
    optional(wholeNumber(0, 10)),
  ],
};

test('a store gets copies with the expected fields only', async () => {
  const row = { text: 'a', at: null, more: 1 };
  const [[copy], limit] = (await checked(STORE, ARGUMENTS).put([row], 5)) as [readonly object[], number];
  expect([copy, limit]).toEqual([{ text: 'a', at: null }, 5]);
  expect(copy).not.toBe(row);
  expect(await checked(STORE, ARGUMENTS).put([])).toEqual([[], undefined]);
});

test('what is refused is named, and so is what was expected; a text is not shown', async () => {
  const secret = 'secret' as unknown as number;
  const refused = checked(STORE, ARGUMENTS).put([
    { text: 'a', at: 1 },
    { text: 'a', at: secret },
  ]);
  await expect(refused).rejects.toEqual(
    new StorageError(
      'invalid',
      'Argument 1 of put: [1]: at is a text, but it must be a whole number of milliseconds since 1970, as Date has it.',
    ),
  );
  await expect(checked(STORE, ARGUMENTS).put([], -1)).rejects.toThrow(
    'Argument 2 of put is -1, but it must be a whole number, 0 or more.',
  );
});

test.each([
  [name, 'é'.repeat(401), 'It is a text of 802 bytes, but it must be one of 800 bytes at most.'],
  [name, undefined, 'It is undefined, but it must be a text.'],
  [moment, 8_640_000_000_000_001, 'It is 8640000000000001, but it must be a whole number of milliseconds since 1970'],
  [moment, Number.NaN, 'It is NaN, but it must be a whole number of milliseconds since 1970'],
  [flag, 1, 'It is 1, but it must be true or false.'],
  [oneOf('ban', 'mute'), 'secret', "It is a text, but it must be 'ban' or 'mute'."],
  [listOf(text), 'secret', 'It is a text, but it must be a list.'],
  [fields<{ a: string }>({ a: text }), null, 'It is null, but it must be an object.'],
  [fields<{ a: string }>({ a: text }), {}, 'It: a is undefined, but it must be a text.'],
] as const)('%o refuses %o', (read, value, message) => {
  expect(() => read(value, 'It')).toThrow(message);
});

test('what is in the range is read as it is, and a number that is too large as the largest', () => {
  expect(name('é'.repeat(400), 'It')).toHaveLength(400);
  expect(moment(-8_640_000_000_000_000, 'It')).toBe(-8_640_000_000_000_000);
  expect([9, 10, 11].map((number) => wholeNumber(0, 10)(number, 'It'))).toEqual([9, 10, 10]);
});
