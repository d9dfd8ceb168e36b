import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Published } from '../../src/backplane/backplane.ts';
import { Publisher, type Waiting } from '../../src/backplane/link/publisher.ts';
import { SentChannels } from '../../src/backplane/link/sent-channels.ts';
import { type Envelope, Envelopes } from '../../src/backplane/wire/envelope.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import { property } from '../support/property.ts';

const MIB = 1_024 * 1_024;

/** A publisher, the backplane behind it, and the turns of the event loop. */
class Publishing {
  readonly failures: unknown[] = [];
  readonly envelopes: (Envelope & { readonly channel: string })[] = [];
  readonly calls: Deferred<void>[] = [];
  readonly publisher: Publisher;
  readonly #turns: (() => void)[] = [];
  readonly #reader = new Envelopes('reader', undefined);

  constructor() {
    this.publisher = new Publisher({
      envelopes: new Envelopes('sender', undefined),
      sent: new SentChannels(),
      nextTurn: (run) => this.#turns.push(run),
      publish: (messages) => this.#publish(messages),
      failed: (error) => this.failures.push(error),
    });
    this.publisher.isOpen = true;
  }

  get turns(): number {
    return this.#turns.length;
  }

  turn(): void {
    for (const run of this.#turns.splice(0)) run();
  }

  /** The backplane takes the oldest messages that it has got, or not. */
  async settle(isTaken = true): Promise<void> {
    const call = this.calls.shift();
    if (isTaken) call?.resolve();
    else call?.reject(new Error('not taken'));
    await call?.promise.catch(() => {});
    await Promise.resolve();
  }

  #publish(messages: readonly Published[]): Promise<void> {
    for (const { channel, bytes } of messages) {
      const envelope = this.#reader.read(channel, bytes);
      if (typeof envelope !== 'string') this.envelopes.push({ channel, ...envelope });
    }
    const call = defer();
    this.calls.push(call);
    return call.promise;
  }
}

const owner = (capacity = 1_000): Waiting => ({ messages: 0, capacity });

describe('a publisher', () => {
  property(
    'keeps the order over all channels, and lets only neighbours on one channel share an envelope',
    [fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.constant('turn' as const)), { maxLength: 40 })],
    300,
    (steps) => {
      const { envelopes, publisher, turn } = bound(new Publishing());
      const expected: { channel: string; items: unknown[] }[] = [];
      let isNew = true;
      steps.forEach((step, at) => {
        const last = expected.at(-1);
        if (step === 'turn') turn();
        else if (!isNew && last?.channel === step) last.items.push([at]);
        else expected.push({ channel: step, items: [[at]] });
        isNew = step === 'turn';
        if (step !== 'turn') publisher.add(step, [at], 10);
      });
      turn();
      expect(envelopes.map(({ channel, items }) => ({ channel, items }))).toEqual(expected);
      const latest = new Map<string, number>();
      envelopes.forEach(({ channel, number, previous }, at) => {
        expect(number).toBe(at + 1);
        expect(previous).toBe(latest.get(channel) ?? 0);
        latest.set(channel, number);
      });
    },
  );

  test('publishes once a turn', () => {
    const publishing = new Publishing();
    for (const channel of ['a', 'b', 'a']) publishing.publisher.add(channel, [1], 1);
    expect([publishing.turns, publishing.calls.length]).toEqual([1, 0]);
    publishing.turn();
    publishing.turn();
    expect(publishing.calls).toHaveLength(1);
    publishing.publisher.add('a', [1], 1);
    publishing.publisher.flush();
    publishing.turn();
    expect(publishing.calls).toHaveLength(2);
  });

  test('begins another envelope when one is long enough', () => {
    const { envelopes, publisher, turn } = bound(new Publishing());
    for (let at = 0; at < 3; at++) publisher.add('a', [at], 130_000);
    turn();
    expect(envelopes.map(({ items }) => items.length)).toEqual([2, 1]);
  });

  test('refuses what is too long, or too much, and takes more when the backplane has taken some', async () => {
    const publishing = new Publishing();
    const { publisher } = publishing;
    const mine = owner();
    expect(publisher.add('a', [0], 16 * MIB + 1, mine)).toBe('too-large');
    expect(publisher.add('a', [0], 16 * MIB, mine)).toBeUndefined();
    expect(publisher.add('a', [0], 15 * MIB, mine)).toBeUndefined();
    publishing.turn();
    expect(publisher.add('a', [0], MIB, mine)).toBe('full');
    expect(publisher.waitingBytes).toBe(31 * MIB + 2 * 64);
    await publishing.settle();
    expect(publisher.waitingBytes).toBe(0);
    expect(publisher.add('a', [0], MIB, mine)).toBeUndefined();
    expect(publisher.unshared).toEqual({ 'too-large': 1, full: 1 });
  });

  test('refuses what goes beyond the capacity of its owner, and of no other', async () => {
    const publishing = new Publishing();
    const [one, other] = [owner(2), owner(2)];
    const add = (of: Waiting) => publishing.publisher.add('a', [0], 1, of);
    expect([add(one), add(one), add(one), add(other)]).toEqual([undefined, undefined, 'full', undefined]);
    publishing.turn();
    expect([one.messages, other.messages]).toEqual([2, 1]);
    await publishing.settle(false);
    expect([one.messages, other.messages]).toEqual([0, 0]);
    expect(publishing.failures).toEqual([new Error('not taken')]);
    expect(add(one)).toBeUndefined();
  });

  test('goes on with the numbers while there is no connection, so that others notice', () => {
    const { envelopes, publisher, turn } = bound(new Publishing());
    publisher.add('a', [1], 1);
    turn();
    publisher.isOpen = false;
    expect(publisher.add('a', [2], 1, owner())).toBe('unlinked');
    publisher.isOpen = true;
    publisher.add('a', [3], 1);
    turn();
    expect(envelopes.map(({ number, previous }) => [number, previous])).toEqual([
      [1, 0],
      [3, 2],
    ]);
  });

  property(
    'counts each message once: it waits, was taken, has failed or was refused',
    [
      fc.array(
        fc.oneof(
          { weight: 5, arbitrary: fc.record({ channel: fc.constantFrom('a', 'b'), isOwned: fc.boolean() }) },
          { weight: 2, arbitrary: fc.constantFrom('turn' as const, 'taken' as const, 'failed' as const) },
          { weight: 1, arbitrary: fc.constantFrom('open' as const, 'close' as const) },
        ),
        { maxLength: 60, size: 'max' },
      ),
    ],
    { runs: 300, sometimes: ['some fail', 'some are refused'] },
    async (steps, reached) => {
      const publishing = new Publishing();
      const { publisher } = publishing;
      const mine = owner(6);
      let [added, accepted] = [0, 0];
      for (const step of steps) {
        if (step === 'turn') publishing.turn();
        else if (step === 'taken' || step === 'failed') await publishing.settle(step === 'taken');
        else if (typeof step === 'string') publisher.isOpen = step === 'open';
        else {
          added += step.isOwned ? 1 : 0;
          const reason = publisher.add(step.channel, [0], 5, step.isOwned ? mine : undefined);
          if (step.isOwned && reason === undefined) accepted += 1;
        }
        const { full = 0, unlinked = 0 } = publisher.unshared;
        expect(added).toBe(accepted + full + unlinked);
        expect(mine.messages).toBeLessThanOrEqual(6);
      }
      publishing.turn();
      const waiting = mine.messages;
      const failedBefore = publisher.unshared.failed ?? 0;
      while (publishing.calls.length > 0) await publishing.settle(false);
      expect((publisher.unshared.failed ?? 0) - failedBefore).toBe(waiting);
      expect([mine.messages, publisher.waitingBytes]).toEqual([0, 0]);
      reached('some fail', waiting > 0);
      reached('some are refused', added > accepted);
    },
  );
});

function bound(publishing: Publishing) {
  const { envelopes, publisher } = publishing;
  return { envelopes, publisher, turn: () => publishing.turn() };
}
