import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import type { Negotiation } from '../../src/endpoint/negotiation.ts';
import { Negotiations } from '../../src/endpoint/negotiations.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { property } from '../support/property.ts';

const LIFETIME_MS = 15_000;

interface Waiting {
  readonly negotiation: Negotiation;
  readonly account: string;
  readonly since: number;
  posted: number;
  /** Number of the step in which it began to have posted bytes. */
  postedSince: number;
}

/** Addresses, and the account of each. */
const ACCOUNTS: Readonly<Record<string, string>> = {
  '10.0.0.1': '10.0.0.1',
  '::ffff:10.0.0.1': '10.0.0.1',
  '10.0.0.2': '10.0.0.2',
  '2001:db8::1': '2001:db8:0:0::/64',
  '2001:db8::2:3:4:5': '2001:db8:0:0::/64',
};

class Harness {
  readonly clock = new SimulatedClock();
  readonly wheel = new TimerWheel(this.clock, new CollectedLog());
  /** Negotiations that were dropped, according to the log. */
  readonly lost: { readonly address: string; readonly limit: string; readonly text: string }[] = [];
  readonly negotiations: Negotiations;
  waiting: Waiting[] = [];

  constructor(limits: { readonly negotiations: number; readonly postedBytes: number }) {
    const warn = (data: object, text = '') =>
      void this.lost.push({ ...(data as { address: string; limit: string }), text });
    this.negotiations = new Negotiations(this.wheel, { debug() {}, info() {}, error() {}, warn }, limits);
  }

  add(address: string): Waiting {
    const negotiation = this.negotiations.add(1, undefined, false, address);
    const one = {
      negotiation,
      account: ACCOUNTS[address] as string,
      since: this.clock.now(),
      posted: 0,
      postedSince: 0,
    };
    this.waiting.push(one);
    return one;
  }

  isKnown({ negotiation }: Waiting): boolean {
    return this.negotiations.find(negotiation.token, undefined) === negotiation;
  }

  heldBy(account: string, by: (one: Waiting) => number): number {
    return this.waiting.reduce((sum, one) => sum + (one.account === account ? by(one) : 0), 0);
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ add: fc.constantFrom(...Object.keys(ACCOUNTS)) }) },
  { weight: 2, arbitrary: fc.record({ claim: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ post: fc.nat(20), bytes: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ pass: fc.nat(16_000) }) },
);
const limits = fc.record({ negotiations: fc.integer({ min: 1, max: 8 }), postedBytes: fc.nat(150) });
const one = (_waiting: Waiting) => 1;
const posted = (waiting: Waiting) => waiting.posted;

describe('negotiated connections that wait', () => {
  property(
    'are bounded, and those of the address with most give way, its oldest first; nobody loses one while another holds more',
    [limits, fc.array(step, { maxLength: 60, size: 'max' })],
    {
      runs: 500,
      sometimes: [
        'one is lost by their number',
        'one is lost by its posted bytes',
        'one waits too long',
        'one is activated',
      ],
    },
    (most, steps, reached) => {
      const harness = new Harness(most);
      for (const [at, now] of steps.entries()) {
        const chosen = (at: number) => harness.waiting[at % Math.max(1, harness.waiting.length)];
        let by = one;
        if ('add' in now) expect(harness.isKnown(harness.add(now.add))).toBe(true);
        else if ('claim' in now) {
          const claimed = chosen(now.claim);
          if (claimed === undefined) continue;
          harness.negotiations.activate(claimed.negotiation, 'WebSockets');
          reached('one is activated');
          harness.waiting = harness.waiting.filter((other) => other !== claimed);
        } else if ('post' in now) {
          const poster = chosen(now.post);
          if (poster === undefined) continue;
          if (poster.posted === 0) poster.postedSince = at;
          poster.posted = now.bytes;
          by = posted;
          harness.negotiations.setPostedBytes(poster.negotiation, now.bytes);
        } else {
          harness.clock.increment(now.pass);
          const old = harness.clock.now() - LIFETIME_MS;
          const before = harness.waiting.length;
          // The wheel is exact to 100 ms.
          harness.waiting = harness.waiting.filter((other) => other.since > old || harness.isKnown(other));
          reached('one waits too long', harness.waiting.length < before);
          expect(harness.waiting.every(({ since }) => since > old - 200)).toBe(true);
        }
        for (const { address } of harness.lost.splice(0)) {
          reached(by === one ? 'one is lost by their number' : 'one is lost by its posted bytes');
          const accounts = [...new Set(harness.waiting.map(({ account }) => account))];
          const held = accounts.map((account) => harness.heldBy(account, by));
          expect(harness.heldBy(address, by)).toBe(Math.max(...held));
          // Of those who have something: the one that has had it for longest.
          const own = harness.waiting.filter((other) => other.account === address && by(other) > 0);
          const [oldest] = by === posted ? own.toSorted((a, b) => a.postedSince - b.postedSince) : own;
          expect(oldest).toSatisfy((other: Waiting) => !harness.isKnown(other));
          harness.waiting = harness.waiting.filter((other) => other !== oldest);
        }
        expect(harness.waiting.every((other) => harness.isKnown(other))).toBe(true);
        expect(harness.negotiations.pending).toBe(harness.waiting.length);
        expect(harness.waiting.length).toBeLessThanOrEqual(most.negotiations);
        expect(harness.waiting.reduce((sum, other) => sum + other.posted, 0)).toBeLessThanOrEqual(most.postedBytes);
        expect(harness.negotiations.addresses).toBe(new Set(harness.waiting.map(({ account }) => account)).size);
      }
      harness.clock.increment(LIFETIME_MS + 200);
      expect(harness.negotiations).toMatchObject({ pending: 0, addresses: 0 });
      expect(harness.wheel.armed).toBe(0);
    },
  );

  test('of a stranger give way, those of everybody else stay', () => {
    const harness = new Harness({ negotiations: 100, postedBytes: 100 });
    const early = harness.add('10.0.0.2');
    const flood = Array.from({ length: 1_000 }, () => harness.add('10.0.0.1'));
    const late = harness.add('2001:db8::1');
    expect([early, late].map((honest) => harness.isKnown(honest))).toEqual([true, true]);
    expect(flood.filter((other) => harness.isKnown(other))).toEqual(flood.slice(-98));
    expect(harness.negotiations.pending).toBe(100);
    const text = 'too much waits for its transport: the address with most of it loses its oldest negotiation';
    expect(harness.lost).toEqual(Array(902).fill({ address: '10.0.0.1', limit: 'negotiations', text }));
    harness.negotiations.setPostedBytes((flood.at(-1) as Waiting).negotiation, 101);
    expect(harness.lost.at(-1)).toEqual({ address: '10.0.0.1', limit: 'postedBytes', text });
  });
});
