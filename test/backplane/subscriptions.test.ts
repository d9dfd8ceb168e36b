import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Subscriptions } from '../../src/backplane/link/subscriptions.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import { property } from '../support/property.ts';

/** Subscriptions, the backplane behind them, and the turns of the event loop. */
class Subscribing {
  readonly asked: { readonly channels: readonly string[]; readonly done: Deferred<void> }[] = [];
  readonly given: string[] = [];
  readonly confirmed: string[] = [];
  readonly ended: string[] = [];
  readonly failures: unknown[] = [];
  readonly #turns: (() => void)[] = [];
  readonly subscriptions = new Subscriptions({
    nextTurn: (run) => this.#turns.push(run),
    subscribe: (channels) => {
      const done = defer();
      this.asked.push({ channels, done });
      return done.promise;
    },
    unsubscribe: (channels) => this.given.push(...channels),
    confirmed: (channel) => this.confirmed.push(channel),
    ended: (channel) => this.ended.push(channel),
    failed: (error) => this.failures.push(error),
  });

  turn(): void {
    for (const run of this.#turns.splice(0)) run();
  }

  /** The backplane confirms the oldest of what it was asked, or refuses it. */
  async answer(isConfirmed = true): Promise<void> {
    const asked = this.asked.shift();
    if (isConfirmed) asked?.done.resolve();
    else asked?.done.reject(new Error('refused'));
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

/** Whether somebody who waits has been released. */
async function isReleased(waiting: Promise<void> | undefined): Promise<boolean> {
  if (waiting === undefined) return true;
  let isDone = false;
  void waiting.then(() => {
    isDone = true;
  });
  await settled();
  return isDone;
}

describe('what is wanted', () => {
  test('is asked for within a turn, together, and once', async () => {
    const { asked, confirmed, subscriptions, turn, answer } = bound();
    void subscriptions.open();
    for (const channel of ['a', 'b', 'a']) subscriptions.want(channel);
    turn();
    turn();
    expect(asked.map(({ channels }) => channels)).toEqual([['a', 'b']]);
    const waiting = subscriptions.whenConfirmed('a');
    expect(await isReleased(waiting)).toBe(false);
    await answer();
    expect(confirmed).toEqual(['a', 'b']);
    expect(await isReleased(waiting)).toBe(true);
    expect(subscriptions.whenConfirmed('a')).toBeUndefined();
    expect(subscriptions.whenConfirmed('unknown')).toBeUndefined();
  });

  test('is kept until it has been unwanted for a whole beacon', async () => {
    const { ended, given, subscriptions, turn, answer } = bound();
    void subscriptions.open();
    subscriptions.want('a');
    turn();
    await answer();
    subscriptions.unwant('a');
    subscriptions.sweep();
    subscriptions.want('a');
    subscriptions.sweep();
    subscriptions.unwant('a');
    subscriptions.sweep();
    subscriptions.want('a');
    subscriptions.unwant('a');
    subscriptions.sweep();
    expect(given).toEqual([]);
    subscriptions.sweep();
    expect([given, ended, subscriptions.size]).toEqual([['a'], ['a'], 0]);
  });

  test('is asked for on each connection anew, and answers of an earlier one mean nothing', async () => {
    const { asked, confirmed, failures, subscriptions, answer } = bound();
    subscriptions.want('a');
    expect(asked).toEqual([]);
    void subscriptions.open();
    const waiting = subscriptions.whenConfirmed('a');
    subscriptions.close();
    expect(await isReleased(waiting)).toBe(true);
    expect(subscriptions.whenConfirmed('a')).toBeUndefined();
    const opened = subscriptions.open();
    expect(asked).toHaveLength(2);
    await answer();
    expect(confirmed).toEqual([]);
    await answer();
    await opened;
    expect(confirmed).toEqual(['a']);
    subscriptions.close();
    void subscriptions.open().catch(() => {});
    subscriptions.close();
    void subscriptions.open();
    await answer(false);
    expect(failures).toEqual([]);
  });

  test('may be refused, which is told', async () => {
    const { confirmed, failures, subscriptions, turn, answer } = bound();
    void subscriptions.open();
    subscriptions.want('a');
    turn();
    await answer(false);
    expect(failures).toEqual([new Error('refused')]);
    expect(confirmed).toEqual([]);
    const waiting = subscriptions.whenConfirmed('a');
    subscriptions.close();
    expect(await isReleased(waiting)).toBe(true);
    const opened = subscriptions.open();
    await answer(false);
    await expect(opened).rejects.toThrow('refused');
  });

  test('and given up and wanted again is confirmed by the second answer', async () => {
    const { confirmed, subscriptions, turn, answer } = bound();
    void subscriptions.open();
    subscriptions.want('a');
    turn();
    const waiting = subscriptions.whenConfirmed('a');
    subscriptions.unwant('a');
    subscriptions.sweep();
    subscriptions.sweep();
    expect(await isReleased(waiting)).toBe(true);
    subscriptions.want('a');
    turn();
    await answer();
    expect(confirmed).toEqual([]);
    await answer();
    expect(confirmed).toEqual(['a']);
  });

  const channel = fc.constantFrom('a', 'b', 'c');
  property(
    'is subscribed in the end, nothing else is, and whoever waits is released',
    [
      fc.array(
        fc.oneof(
          { weight: 4, arbitrary: fc.tuple(fc.constantFrom('want' as const, 'unwant' as const), channel) },
          { weight: 1, arbitrary: fc.tuple(fc.constant('wait' as const), channel) },
          {
            weight: 3,
            arbitrary: fc.constantFrom(
              'turn' as const,
              'answer' as const,
              'sweep' as const,
              'close' as const,
              'open' as const,
            ),
          },
        ),
        { maxLength: 50, size: 'max' },
      ),
    ],
    { runs: 500, sometimes: ['somebody waits'] },
    async (steps, reached) => {
      const subscribing = new Subscribing();
      const { subscriptions } = subscribing;
      const wanted = new Set<string>();
      const waiting: Promise<void>[] = [];
      let isOpen = false;
      const open = () => {
        if (!isOpen) void subscriptions.open();
        isOpen = true;
      };
      for (const step of steps) {
        if (step === 'turn') subscribing.turn();
        else if (step === 'answer') await subscribing.answer();
        else if (step === 'sweep') subscriptions.sweep();
        else if (step === 'open') open();
        else if (step === 'close') {
          isOpen = false;
          subscriptions.close();
        } else if (step[0] === 'wait') {
          const confirmed = subscriptions.whenConfirmed(step[1]);
          if (confirmed !== undefined) waiting.push(confirmed);
        } else {
          subscriptions[step[0]](step[1]);
          if (step[0] === 'want') wanted.add(step[1]);
          else wanted.delete(step[1]);
        }
      }
      open();
      subscribing.turn();
      while (subscribing.asked.length > 0) await subscribing.answer();
      subscriptions.sweep();
      subscriptions.sweep();
      expect(subscriptions.size).toBe(wanted.size);
      for (const each of wanted) {
        expect(subscriptions.whenConfirmed(each)).toBeUndefined();
        expect(subscribing.confirmed.lastIndexOf(each)).toBeGreaterThanOrEqual(0);
      }
      const here = (each: string) =>
        subscribing.confirmed.filter((other) => other === each).length > 0 && !wanted.has(each);
      for (const each of ['a', 'b', 'c'].filter(here)) expect(subscribing.ended).toContain(each);
      for (const each of waiting) expect(await isReleased(each)).toBe(true);
      reached('somebody waits', waiting.length > 0);
      expect(subscribing.failures).toEqual([]);
    },
  );
});

function bound() {
  const subscribing = new Subscribing();
  const { asked, confirmed, ended, failures, given, subscriptions } = subscribing;
  return {
    asked,
    confirmed,
    ended,
    failures,
    given,
    subscriptions,
    turn: () => subscribing.turn(),
    answer: (isConfirmed?: boolean) => subscribing.answer(isConfirmed),
  };
}
