// The history of groups on a server that is alone.
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { KNOWN_ID_MS, type LogQuery } from '../../src/backplane/log-store.ts';
import { MemoryLogs } from '../../src/backplane/memory/memory-logs.ts';
import type { Position } from '../../src/protocol/position.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { HistorySite, SIZE, TTL_MS } from '../hub/history-site.ts';
import { property } from '../support/property.ts';
import { HistoryReader, type ReadersServer } from './history-reader.ts';

const GROUP = 'room:1';
const READERS = 3;

type What = 'say' | 'say much' | 'remove' | 'cut' | 'come back' | 'stall' | 'take' | 'flow' | 'settle' | 'pass';
type Step = readonly [what: What, number: number];
const OFTEN: readonly What[] = ['say', 'say', 'say', 'say', 'come back', 'come back', 'cut', 'settle'];
const SELDOM: readonly What[] = ['stall', 'take', 'flow', 'remove', 'pass', 'say much'];
const step: fc.Arbitrary<Step> = fc.tuple(fc.constantFrom(...OFTEN, ...SELDOM), fc.nat(11));

/** Readers of a group, and what a model knows of it. */
class ReadSite {
  readonly site = new HistorySite();
  /** Texts of the present epoch, the one with number 1 in front. */
  texts: string[] = [];
  epoch: string | undefined;
  readonly readers: HistoryReader<ReadersServer>[];
  readonly #place: ReadersServer;
  #count = 0;

  constructor() {
    const { server } = this.site;
    this.#place = { server, hasCrashed: false, newId: () => `r${server.peers.length}` };
    this.readers = Array.from({ length: READERS }, () => new HistoryReader(GROUP, this.#place));
  }

  say(): void {
    this.#count += 1;
    const text = `text ${this.#count}`;
    this.site.say(text, { messageId: `m${this.#count}` }).then((position) => {
      const { epoch, offset } = position as Position;
      if (epoch !== this.epoch) this.texts = [];
      this.epoch = epoch;
      this.texts[offset - 1] = text;
    });
  }

  async run([what, number]: Step): Promise<void> {
    const reader = this.readers[number % READERS] as HistoryReader<ReadersServer>;
    const { client } = reader.peer;
    if (what === 'say') this.say();
    else if (what === 'say much') for (let times = 0; times < SIZE + 2; times++) this.say();
    else if (what === 'remove') await this.site.history(GROUP).remove(`m${this.#count - number}`);
    else if (what === 'cut') client.cut();
    else if (what === 'come back') reader.comeBack(this.#place);
    else if (what === 'stall') client.stall();
    else if (what === 'take') client.take(number * 40);
    else if (what === 'flow') client.flow();
    else if (what === 'settle') await this.site.server.settle();
    else await this.site.server.pass(number < 9 ? number * 1_000 : number * TTL_MS);
    for (const each of this.readers) each.read();
  }

  /** Everybody comes back, and reads everything. */
  async finish(): Promise<void> {
    await this.site.server.settle();
    for (const reader of this.readers) {
      if (reader.isConnected) reader.peer.client.flow();
      await this.site.server.settle();
      reader.read();
      if (!reader.isConnected) reader.comeBack(this.#place);
    }
    await this.site.server.settle();
    // By this one all see where the history stands.
    this.say();
    await this.site.server.settle();
    for (const reader of this.readers) reader.read();
  }
}

describe('readers of a group that keeps its messages', () => {
  property(
    'have every message once, in order, wherever they were cut off, or are told that some are missing',
    [fc.array(step, { minLength: 1, maxLength: 60, size: 'max' })],
    {
      runs: 300,
      sometimes: ['somebody has recovered messages', 'somebody was told that some are trimmed', 'an epoch has ended'],
    },
    async (steps, reached) => {
      const model = new ReadSite();
      for (const one of steps) await model.run(one);
      await model.finish();
      const { position: last } = await model.site.history(GROUP).since({ messageId: 'none' });
      for (const { faults, messages, position, isSteady, outcomes } of model.readers) {
        // A log that was forgotten because of its age begins anew: the first message tells it.
        const hidden = faults.filter(
          ({ what, at, before }) => what !== 'gap' || at?.offset !== 1 || before === undefined,
        );
        expect(hidden.map(({ node: _, ...fault }) => fault)).toEqual([]);
        expect([isSteady, position]).toEqual([true, last]);
        const known = messages.map(({ position: { epoch, offset }, text }) => [
          epoch,
          text === undefined ? 'removed' : text === model.texts[offset - 1],
        ]);
        expect(known).toEqual(messages.map(({ text }) => [model.epoch, text === undefined ? 'removed' : true]));
        reached('somebody has recovered messages', (outcomes.recovered ?? 0) > 0 && messages.length > 1);
        reached('somebody was told that some are trimmed', (outcomes.trimmed ?? 0) > 0);
        reached('an epoch has ended', (outcomes.epoch ?? 0) > 1);
      }
    },
  );
});

interface ModelEntry {
  readonly offset: number;
  readonly addedAt: number;
  readonly messageId: string | undefined;
  content: string | undefined;
}

/** One log, as simply as possible. */
class ModelLog {
  entries: ModelEntry[] = [];
  last = 0;
  removals = 0;
  readonly #known = new Map<string, { readonly offset: number; readonly endsAt: number }>();

  append(content: string, messageId: string | undefined, now: number): { offset: number; isNew: boolean } {
    const known = messageId === undefined ? undefined : this.#known.get(messageId);
    if (known !== undefined && known.endsAt > now) return { offset: known.offset, isNew: false };
    this.last += 1;
    this.entries.push({ offset: this.last, addedAt: now, messageId, content });
    if (messageId !== undefined) this.#known.set(messageId, { offset: this.last, endsAt: now + KNOWN_ID_MS });
    return { offset: this.last, isNew: true };
  }

  kept(now: number, size: number, ttlMs: number): readonly ModelEntry[] {
    return this.entries.filter(({ offset, addedAt }) => offset > this.last - size && addedAt > now - ttlMs);
  }
}

type LogWhat = 'append' | 'remove' | 'pass' | 'after' | 'before' | 'behind';
const ASKED: readonly LogWhat[] = ['append', 'append', 'append', 'remove', 'pass', 'after', 'before', 'behind'];
const logStep = fc.tuple(fc.constantFrom(...ASKED), fc.nat(9), fc.nat(9));

property(
  'a log in memory answers as a list would',
  [fc.array(logStep, { minLength: 1, maxLength: 80, size: 'max' }), fc.integer({ min: 1, max: 6 })],
  { runs: 400, sometimes: ['a message is repeated', 'a message is removed', 'a page has a limit', 'an id is found'] },
  (steps, size, reached) => {
    // The log itself lives for twice as long, and longer than any history here without entries.
    const ttlMs = 400_000;
    const clock = new SimulatedClock();
    const logs = new MemoryLogs<string>(clock);
    const model = new ModelLog();
    const state = { size, ttlMs, seen: [] };
    const read = (query: LogQuery) =>
      logs.read('log', query).entries.map(({ offset, content }) => [offset, content] as const);
    const modelled = () =>
      model.kept(clock.now(), size, ttlMs).map(({ offset, content }) => [offset, content] as const);
    // So that there is a log from the beginning.
    logs.append('log', 'first', undefined, state);
    model.append('first', undefined, clock.now());
    for (const [what, number, more] of steps) {
      const id = `m${number}`;
      const now = clock.now();
      const kept = model.kept(now, size, ttlMs);
      if (what === 'append') {
        const messageId = number < 7 ? id : undefined;
        const appended = logs.append('log', `text ${more}`, messageId, state);
        const { offset, isNew } = model.append(`text ${more}`, messageId, now);
        reached('a message is repeated', !isNew);
        expect([appended.position.offset, appended.added !== undefined]).toEqual([offset, isNew]);
      } else if (what === 'remove') {
        // The newest one with this id.
        const found = kept.findLast(({ messageId, content }) => messageId === id && content !== undefined);
        expect(logs.remove('log', id, state)?.offset).toEqual(found?.offset);
        if (found !== undefined) {
          found.content = undefined;
          model.removals += 1;
        }
        reached('a message is removed', found !== undefined);
      } else if (what === 'pass') clock.increment(number * 10_000);
      else if (what === 'after') {
        const behind = modelled().filter(([offset]) => offset > number);
        expect(read({ ...state, after: number, limit: more + 1, isWhole: false })).toEqual(behind.slice(0, more + 1));
        reached('a page has a limit', behind.length > more + 1);
      } else if (what === 'before') {
        const end = Math.min(model.last, number - 1);
        const wanted = modelled().filter(([offset]) => offset <= end && offset > end - more - 1);
        expect(read({ ...state, before: number, limit: more + 1 })).toEqual(wanted);
      } else {
        const { after, entries } = logs.read('log', { ...state, after: { messageId: id }, limit: 100, isWhole: true });
        const found = kept.findLast(({ messageId, content }) => messageId === id && content !== undefined);
        expect(after).toEqual(found?.offset);
        expect(entries.length).toBe(found === undefined ? 0 : model.last - found.offset);
        reached('an id is found', found !== undefined);
      }
      const { last, removals } = logs.top('log', state);
      expect([last, removals]).toEqual([model.last, model.removals]);
    }
  },
);
