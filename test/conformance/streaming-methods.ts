// The methods of the vectors that stream in either direction, and those that request client results.
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { HubError, method, stream } from '../../src/index.ts';
import { type Events, errorOf, errorText } from './events.ts';
import type { TestHub } from './hubs.ts';

const int = z.int32();
const text = z.string().nullable();

async function joined(items: AsyncIterable<string | null>): Promise<string> {
  let all = '';
  for await (const item of items) all += item ?? '';
  return all;
}

async function summed(items: AsyncIterable<number>): Promise<number> {
  let sum = 0;
  for await (const item of items) sum += item;
  return sum;
}

/** Client results have no schema here, so the method that requested one checks it. */
export function intOf(answer: unknown): number {
  const { data, success } = int.safeParse(answer);
  if (!success) throw new HubError('The answer is no integer.');
  return data;
}

export function streamMethods(path: string, events: Events) {
  return {
    Counter: stream([int], async function* (_hub, count) {
      for (let n = 0; n < count; n++) yield n;
    }),
    Ticks: stream([int, int], async function* (hub: TestHub, count, ms) {
      const { signal } = hub;
      try {
        for (let n = 0; n < count; n++) {
          await wait(ms, undefined, { signal });
          yield n;
        }
      } finally {
        events.add(path, hub.connectionId, `ticksEnded ${signal.aborted ? 'cancelled' : 'by itself'}`);
      }
    }),
    TicksUncaring: stream([int, int], unstoppable),
    TicksChannel: stream([int, int], unstoppable),
    StreamThrow: stream([int], async function* (_hub, count) {
      for (let n = 0; n < count; n++) yield n;
      throw errorOf('InvalidOperationException', 'from stream');
    }),
    StreamThrowHub: stream([], async function* () {
      yield 1;
      throw new HubError('from stream');
    }),
    StreamThrowEarly: stream([text], (_hub, message): AsyncIterable<number> => {
      throw errorOf('InvalidOperationException', message ?? '');
    }),
    NullStream: stream([], () => null as unknown as AsyncIterable<number>),
    TaskStream: stream([int], async function* (_hub, count) {
      await wait(1);
      for (let n = 0; n < count; n++) yield n;
    }),
  };
}

async function* unstoppable(_hub: unknown, count: number, ms: number): AsyncGenerator<number> {
  for (let n = 0; n < count; n++) {
    await wait(ms);
    yield n;
  }
}

export function uploadMethods(path: string, events: Events) {
  const read = async (items: AsyncIterable<unknown>) => {
    let count = 0;
    try {
      for await (const _ of items) count += 1;
      return { count };
    } catch (error) {
      return { count, error: errorText(error) };
    }
  };
  return {
    Concat: method([], { upload: [text] }, (_hub, items) => joined(items)),
    ConcatWith: method([text], { upload: [text] }, async (_hub, before, items) => before + (await joined(items))),
    ConcatAfter: method([int], { upload: [text] }, async (_hub, ms, items) => {
      await wait(ms);
      return joined(items);
    }),
    Sum: method([], { upload: [int, int] }, async (_hub, a, b) => (await summed(a)) + (await summed(b))),
    StreamEcho: stream([], { upload: [text] }, async function* (_hub, items) {
      for await (const item of items) yield `echo:${item}`;
    }),
    UploadCaught: method([], { upload: [int] }, async (_hub, items) => (await read(items)).error ?? 'no error'),
    UploadRecorded: method([], { upload: [text] }, async (hub: TestHub, items) => {
      const { count, error } = await read(items);
      const what = error === undefined ? `uploaded ${count}` : `uploadFailed ${count} ${error}`;
      events.add(path, hub.connectionId, what);
    }),
    UploadIgnore: method([], { upload: [text] }, () => 'done'),
    UploadIgnoreAfter: method([int], { upload: [text] }, async (_hub, ms) => {
      await wait(ms);
      return 'done';
    }),
    UploadDontRead: method([], { upload: [text] }, async ({ signal }: TestHub) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    }),
  };
}

export function askingMethods(path: string, events: Events) {
  return {
    Ask: method([z.string(), text], async (hub: TestHub, id, question) =>
      intOf(await hub.clients.client(id).invoke('Question', question)),
    ),
    AskMe: method([text], async (hub: TestHub, question) =>
      intOf(await hub.clients.caller.invoke('Question', question)),
    ),
    AskMeFor: method([int], async (hub: TestHub, timeoutMs) =>
      intOf(await hub.clients.caller.with({ timeoutMs }).invoke('Question', '?')),
    ),
    AskMeRecorded: method([], async (hub: TestHub) => {
      const answer = await hub.clients.caller.invoke('Question', '?').then(
        (value) => `answered ${intOf(value)}`,
        (error: unknown) => `unanswered ${errorText(error)}`,
      );
      events.add(path, hub.connectionId, answer);
    }),
  };
}
