import { z } from 'zod';
import { method, stream } from '../../src/index.ts';
import type { Inbox } from './inbox.ts';

/** Methods of a hub that streams. `diary` records the ends that the methods observe. */
export function streamingMethods(diary: Pick<Inbox<string>, 'put'>) {
  return {
    Items: stream([z.array(z.unknown())], async function* (_hub, items) {
      yield* items;
    }),
    /** Ends only when it is cancelled. */
    Ticks: stream([], async function* ({ signal }: { readonly signal: AbortSignal }) {
      try {
        for (let n = 0; ; n++) {
          yield n;
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        diary.put(`ticks end, ${signal.aborted ? 'aborted' : 'not aborted'}`);
      }
    }),
    Concat: method([z.string()], { upload: [z.string()] }, async (_hub, before, words) => {
      let all = before;
      try {
        for await (const word of words) all += word;
      } catch (error) {
        diary.put(`upload: ${(error as Error).name}`);
        throw error;
      }
      return all;
    }),
    Double: stream([], { upload: [z.number()] }, async function* (_hub, numbers) {
      for await (const n of numbers) yield n * 2;
    }),
  };
}
