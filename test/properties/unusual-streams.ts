// Values that authors may return from a stream: generators, iterators written by hand, and objects that only look like
// iterators.
import { NEVER } from './never.ts';

const SECRET = 'SECRET';
const fail = (): never => {
  throw new Error(SECRET);
};
/** Yields items 0, 1, 2, ... and then ends, written by hand. */
const counter = (count: number) => {
  let n = 0;
  return {
    next: async () => (n < count ? { done: false, value: n++ } : { done: true, value: undefined }),
  };
};
const made = (iterator: unknown) => ({ [Symbol.asyncIterator]: () => iterator });

async function* counted(count: number) {
  for (let n = 0; n < count; n++) yield n;
}

/** End of a stream that is not cancelled: properly, with an error, or never. */
export type Ending = 'properly' | 'with an error' | 'never';

export interface UnusualStream {
  readonly ending: Ending;
  /** Number of items before the end. */
  readonly items: number;
  readonly make: () => unknown;
}

const rows = {
  'a generator': ['properly', 3, () => counted(3)],
  'a generator without items': ['properly', 0, () => counted(0)],
  'a promise of a generator': ['properly', 2, async () => counted(2)],
  'a generator that throws': [
    'with an error',
    2,
    async function* () {
      yield* counted(2);
      fail();
    },
  ],
  'a generator that never goes on': [
    'never',
    1,
    async function* () {
      yield 0;
      await NEVER;
    },
  ],
  'a generator that is never done cleaning up': [
    'never',
    1,
    async function* () {
      try {
        yield 0;
        await NEVER;
      } finally {
        await NEVER;
      }
    },
  ],
  'an item that cannot be written': [
    'with an error',
    1,
    async function* () {
      yield 0;
      yield 1n;
      yield 2;
    },
  ],
  'an iterator by hand': ['properly', 3, () => made(counter(3))],
  'an iterator whose return throws': ['properly', 3, () => made({ ...counter(3), return: fail })],
  'an iterator whose return rejects': ['properly', 3, () => made({ ...counter(3), return: async () => fail() })],
  'an iterator whose return never settles': ['properly', 3, () => made({ ...counter(3), return: () => NEVER })],
  'an iterator whose return is no function': ['properly', 3, () => made({ ...counter(3), return: 7 })],
  'an unwritable item of an iterator whose return throws': [
    'with an error',
    0,
    () => made({ next: async () => ({ done: false, value: () => 1 }), return: fail }),
  ],
  'an iterator whose next throws': ['with an error', 0, () => made({ next: fail })],
  'an iterator whose next never settles': ['never', 0, () => made({ next: () => NEVER })],
  'an iterator whose next gives nothing': ['with an error', 0, () => made({ next: async () => undefined })],
  'an iterator whose next waits for nothing': ['properly', 0, () => made({ next: () => ({ done: true }) })],
  'an iterator without next': ['with an error', 0, () => made({})],
  'no iterator': ['with an error', 0, () => made(undefined)],
  'an iterable that throws': ['with an error', 0, () => ({ [Symbol.asyncIterator]: fail })],
  'an iterable that cannot be looked at': [
    'with an error',
    0,
    () => ({
      get [Symbol.asyncIterator]() {
        return fail();
      },
    }),
  ],
  'an array': ['with an error', 0, () => [1, 2]],
  null: ['with an error', 0, () => null],
  undefined: ['with an error', 0, () => undefined],
  'an error, at once': ['with an error', 0, fail],
  'an error, later': ['with an error', 0, async () => fail()],
  'a promise that never settles': ['never', 0, () => NEVER],
} as const satisfies Record<string, readonly [Ending, number, () => unknown]>;

export const UNUSUAL_STREAMS: ReadonlyMap<string, UnusualStream> = new Map(
  Object.entries(rows).map(([name, [ending, items, make]]) => [name, { ending, items, make }]),
);
