import { z } from 'zod';
import { type HubMethod, method, setupHub, stream } from '../../src/index.ts';
import { same } from './same.ts';

// Streams in both directions: the types of items and uploads.

setupHub({ state: () => ({ n: 0 }) }).createHub({
  methods: {
    Count: stream([z.int()], async function* (hub, from) {
      same<typeof from, number>(true);
      same<typeof hub.state.n, number>(true);
      same<typeof hub.signal, AbortSignal>(true);
      for (let n = from; n > 0; n--) yield n;
    }),
    Made: stream(
      [],
      (): AsyncIterable<string> => ({
        [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: 1 }) }),
      }),
    ),
    Guarded: stream([z.string()], { authorize: 'admin', timeoutMs: 60_000 }, async function* (_hub, text) {
      yield text;
    }),
    Concat: method([z.string()], { upload: [z.string()] }, async (hub, before, words) => {
      same<typeof words, AsyncIterable<string>>(true);
      let all = before + hub.state.n;
      for await (const word of words) all += word;
      return all;
    }),
    Two: method([], { upload: [z.coerce.number(), z.string().optional()], timeoutMs: 0 }, (_hub, numbers, words) => {
      same<typeof numbers, AsyncIterable<number>>(true);
      same<typeof words, AsyncIterable<string | undefined>>(true);
    }),
    Both: stream([z.string()], { upload: [z.number()] }, async function* (_hub, prefix, numbers) {
      same<typeof numbers, AsyncIterable<number>>(true);
      for await (const n of numbers) yield prefix + n;
    }),

    // @ts-expect-error an array is there at once: it is no stream
    Array: stream([], () => [1, 2, 3]),
    // @ts-expect-error neither is a promise of a stream
    Promised: stream([], async () => countdown()),
    // @ts-expect-error a schema for each stream, in a list
    Single: method([], { upload: z.string() }, () => 1),
    // @ts-expect-error an upload is read, not indexed
    Indexed: method([], { upload: [z.string()] }, (_hub, words) => words[0]),
    // @ts-expect-error there is no schema for the second stream
    More: method([], { upload: [z.string()] }, (_hub, words, more) => [words, more]),
    // @ts-expect-error options come before what runs
    Reversed: stream([], () => countdown(), { timeoutMs: 5 }),
  },
});

async function* countdown() {
  yield 1;
}

const numbers = stream([z.int()], { upload: [z.string()] }, () => countdown());
same<typeof numbers, HubMethod<unknown, readonly [z.ZodInt], number, readonly [z.ZodString], 'stream'>>(true);
const sum = method([], { upload: [z.number()] }, async () => 1);
same<typeof sum, HubMethod<unknown, readonly [], number, readonly [z.ZodNumber], 'method'>>(true);

// A stream that several hubs share declares the part of a hub that it needs, as a method does.
const notes = stream([], async function* (hub: { readonly state: { readonly notes: readonly string[] } }) {
  yield* hub.state.notes;
});
setupHub({ state: () => ({ notes: ['a'] }) }).createHub({ methods: { notes } });
// @ts-expect-error this hub has no notes
setupHub({}).createHub({ methods: { notes } });
