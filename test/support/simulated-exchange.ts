import type { BackplaneEvents } from '../../src/backplane/backplane.ts';
import { ExpiringMap } from '../../src/backplane/memory/expiring-map.ts';
import { MemoryBuckets } from '../../src/backplane/memory/memory-buckets.ts';
import { MemoryLeases } from '../../src/backplane/memory/memory-leases.ts';
import { type MemoryByteLogs, MemoryLogs } from '../../src/backplane/memory/memory-logs.ts';
import { MemoryPresences } from '../../src/backplane/memory/memory-presences.ts';
import type { Clock } from '../../src/clock.ts';
import type { SimulatedBackplane } from './simulated-backplane.ts';

/** A message, or an entry of a log, on its way from one node to another, or back to itself. */
export interface Passing {
  readonly from: SimulatedBackplane;
  readonly to: SimulatedBackplane;
  readonly kind: 'message' | 'entry';
  /** The channel, or the log. */
  readonly channel: string;
  /** Empty: of an entry that was removed. */
  readonly bytes: Uint8Array;
  readonly tell: (events: BackplaneEvents) => void;
}

/** What the simulated backplanes of several nodes share, as they share a Redis. The test steers its faults. */
export class SimulatedExchange {
  readonly clock: Clock;
  /** Backplanes of the nodes. */
  readonly ends = new Set<SimulatedBackplane>();
  leases: MemoryLeases;
  buckets: MemoryBuckets;
  turns: ExpiringMap<true>;
  logs: MemoryByteLogs;
  presences: MemoryPresences;
  /** Whether nobody can connect. */
  isAway = false;
  /** Whether messages may overtake those of the same sender on other channels. The port does not allow it. */
  reorders = false;
  /** Whether a message is lost. Default: none. */
  loses: (message: Passing) => boolean = () => false;
  /** Milliseconds for which a message is on its way. Default: it comes in the next turn. */
  delayOf: (message: Passing) => number = () => 0;
  /** Called for each message that arrives. */
  arrived: (message: Passing) => void = () => {};
  /** Number of messages to subscribers, and of those that were lost. */
  passed = 0;
  lost = 0;

  constructor(clock: Clock) {
    this.clock = clock;
    this.leases = new MemoryLeases(clock);
    this.buckets = new MemoryBuckets(clock);
    this.turns = new ExpiringMap(clock);
    this.logs = new MemoryLogs(clock);
    this.presences = new MemoryPresences(clock, this.leases);
  }

  /** Hands a message to each subscriber. */
  publish(from: SimulatedBackplane, channel: string, bytes: Uint8Array): void {
    this.#pass({ from, kind: 'message', channel, bytes, tell: (events) => events.message(channel, bytes) });
  }

  /** Tells each follower of a log. */
  tell(from: SimulatedBackplane, log: string, bytes: Uint8Array, tell: Passing['tell']): void {
    this.#pass({ from, kind: 'entry', channel: log, bytes, tell });
  }

  /** Somebody who is no node publishes a message. */
  inject(channel: string, bytes: Uint8Array): void {
    const [from] = this.ends;
    const message = {
      kind: 'message',
      channel,
      bytes,
      tell: (events: BackplaneEvents) => events.message(channel, bytes),
    } as const;
    for (const to of this.ends) if (to.hears('message', channel)) to.receive({ from: from ?? to, to, ...message });
  }

  /** All connections are lost. @param keepsData Whether it still has leases and buckets when it is back. */
  kill({ keepsData }: { readonly keepsData: boolean }): void {
    this.isAway = true;
    for (const end of this.ends) end.cut();
    if (keepsData) return;
    this.leases = new MemoryLeases(this.clock);
    this.buckets = new MemoryBuckets(this.clock);
    this.turns = new ExpiringMap(this.clock);
    this.logs = new MemoryLogs(this.clock);
    this.presences = new MemoryPresences(this.clock, this.leases);
  }

  /** Everybody can connect again. */
  comeBack(): void {
    this.isAway = false;
    for (const end of this.ends) end.tryAgain();
  }

  /** Number of subscriptions to a channel. */
  subscribers(channel: string): number {
    return [...this.ends].filter((end) => end.hears('message', channel)).length;
  }

  #pass(message: Omit<Passing, 'to'>): void {
    for (const to of this.ends) {
      if (!to.hears(message.kind, message.channel)) continue;
      this.passed += 1;
      const passing = { ...message, to };
      if (this.loses(passing)) this.lost += 1;
      else to.receive(passing);
    }
  }
}
