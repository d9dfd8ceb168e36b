import {
  type Backplane,
  BackplaneError,
  type BackplaneEvents,
  type Lease,
  type Published,
  type RenewedLease,
  type TakenTokens,
  type TokenRate,
} from '../../src/backplane/backplane.ts';
import type { LogStore } from '../../src/backplane/log-store.ts';
import { appendBytes, logEntry } from '../../src/backplane/memory/memory-logs.ts';
import { presenceStoreOver } from '../../src/backplane/memory/memory-presences.ts';
import type { PresenceStore } from '../../src/backplane/presence/presence-store.ts';
import type { Clock } from '../../src/clock.ts';
import { type Deferred, defer, unawaited } from '../../src/promises.ts';
import type { Passing, SimulatedExchange } from './simulated-exchange.ts';

/** Calls that get an answer. */
export const CALLS = [
  'publish',
  'subscribe',
  'renewLease',
  'releaseLease',
  'takeTurn',
  'takeTokens',
  'append',
  'read',
  'remove',
  'follow',
  'presence',
] as const;
export type Call = (typeof CALLS)[number];

/**
 * What becomes of a call that is not answered as usual. `unanswered`: it is done, and the answer is lost; `lost`: it is
 * not done. Both reject at their deadline.
 */
export type CallFault = 'unanswered' | 'lost';

interface Arriving extends Passing {
  readonly due: number;
}

/** One connection, until it is lost. */
interface SimulatedConnection {
  isOpen: boolean;
  isDeaf: boolean;
  readonly channels: Set<string>;
  readonly logs: Set<string>;
  /** In the order in which they arrive. */
  readonly arriving: Arriving[];
  /** By sender, or by sender and channel: the moment at which the latest one arrives. */
  readonly latest: Map<unknown, number>;
  /** Those that will be answered. */
  readonly calls: Set<Deferred<never>>;
}

/** Milliseconds in which a call has to be answered. */
export const CALL_MS = 3_000;
const NOTHING = new Uint8Array();

/**
 * The backplane of one node in a `SimulatedExchange`. Everything comes in turns of the node (`nextTurn`), and all
 * durations go by its clock, so a test decides what happens when.
 */
export class SimulatedBackplane implements Backplane {
  readonly presence: PresenceStore = presenceStoreOver((work) =>
    this.#call('presence', () => work(this.#exchange.presences)),
  );
  /** Whether it cannot connect, while others can. */
  isAway = false;
  /** What becomes of calls. Those that are not listed are done and answered. */
  readonly faults = new Map<Call, CallFault>();
  /** Number of connections so far. */
  connections = 0;
  /** Logs that were read, in this order. */
  readonly reads: string[] = [];
  readonly #exchange: SimulatedExchange;
  readonly #clock: Clock;
  readonly #nextTurn: (run: () => void) => void;
  #events: BackplaneEvents | undefined;
  #connection: SimulatedConnection | undefined;
  #isLost = false;

  constructor(exchange: SimulatedExchange, clock: Clock, nextTurn: (run: () => void) => void) {
    this.#exchange = exchange;
    this.#clock = clock;
    this.#nextTurn = nextTurn;
    exchange.ends.add(this);
  }

  /** Channels that it is subscribed to. */
  get channels(): ReadonlySet<string> {
    return this.#connection?.channels ?? new Set();
  }
  get isConnected(): boolean {
    return this.#connection?.isOpen === true;
  }
  /** Number of messages that are on their way to it. */
  get arriving(): number {
    return this.#connection?.arriving.length ?? 0;
  }

  // --- faults

  /** Nothing comes on the present connection any more. */
  deafen(): void {
    if (this.#connection === undefined) return;
    this.#connection.isDeaf = true;
    this.#connection.arriving.length = 0;
  }

  /** The connection is lost. It connects anew as soon as it can. */
  cut(): void {
    if (this.#connection !== undefined) this.#drop('The connection was cut.');
  }

  /** The node has crashed: its connection ends, and nothing of it is ever heard. */
  crash(): void {
    this.#events = undefined;
    this.#connection = undefined;
    this.#exchange.ends.delete(this);
  }

  /** It can connect again. */
  tryAgain(): void {
    if (this.#events !== undefined && this.#connection === undefined) this.#connect();
  }

  // --- the exchange

  hears(kind: Passing['kind'], name: string): boolean {
    const connection = this.#connection;
    return connection?.isOpen === true && (kind === 'message' ? connection.channels : connection.logs).has(name);
  }

  receive(message: Passing): void {
    const connection = this.#connection as SimulatedConnection;
    if (connection.isDeaf) return;
    const { delayOf, reorders } = this.#exchange;
    const key = reorders ? `${this.#numberOf(message.from)} ${message.channel}` : message.from;
    const due = Math.max(this.#clock.now() + delayOf(message), connection.latest.get(key) ?? 0);
    connection.latest.set(key, due);
    connection.arriving.push({ ...message, due });
    const arrive = (): void => this.#nextTurn(() => this.#arrive(connection));
    if (due > this.#clock.now()) this.#clock.setTimeout(arrive, due - this.#clock.now());
    else arrive();
  }

  // --- the port

  open(events: BackplaneEvents): void {
    this.#events = events;
    this.#connect();
  }

  reconnect(): void {
    if (this.#connection?.isOpen === true) this.#drop('The connection is made anew.');
  }

  publish(messages: readonly Published[]): Promise<void> {
    return this.#call('publish', () => {
      for (const { channel, bytes } of messages) this.#exchange.publish(this, channel, Uint8Array.from(bytes));
    });
  }

  subscribe(channels: readonly string[]): Promise<void> {
    return this.#call('subscribe', ({ channels: subscribed }) => {
      for (const channel of channels) subscribed.add(channel);
    });
  }

  unsubscribe(channels: readonly string[]): void {
    for (const channel of channels) this.#connection?.channels.delete(channel);
  }

  renewLease(lease: Lease): Promise<RenewedLease> {
    return this.#call('renewLease', () => this.#exchange.leases.renew(lease));
  }

  releaseLease(lease: Pick<Lease, 'nodeId' | 'bootId'>): Promise<void> {
    return this.#call('releaseLease', () => this.#exchange.leases.release(lease));
  }

  takeTurn(name: string, ms: number): Promise<boolean> {
    return this.#call('takeTurn', () => {
      const { turns } = this.#exchange;
      if (turns.get(name) !== undefined) return false;
      turns.set(name, true, ms);
      return true;
    });
  }

  takeTokens(bucket: string, rate: TokenRate, count: number): Promise<TakenTokens> {
    return this.#call('takeTokens', () => this.#exchange.buckets.take(bucket, rate, count));
  }

  readonly logs: LogStore = {
    append: (log, entry) =>
      this.#call('append', () => {
        const { logs } = this.#exchange;
        const { added, ...appended } = appendBytes(logs, log, entry);
        const { top } = appended;
        if (added !== undefined && top !== undefined)
          this.#exchange.tell(this, log, entry.bytes, (events) => events.appended(log, logEntry(added), top));
        return appended;
      }),
    read: (log, query) =>
      this.#call('read', () => {
        this.reads.push(log);
        const page = this.#exchange.logs.read(log, query);
        return { ...page, entries: page.entries.map(logEntry) };
      }),
    remove: (log, messageId, state) =>
      this.#call('remove', () => {
        const { logs } = this.#exchange;
        const removed = logs.remove(log, messageId, state);
        if (removed === undefined) return undefined;
        const [top, { offset }] = [logs.top(log, state), removed];
        this.#exchange.tell(this, log, NOTHING, (events) => events.removed(log, { offset, messageId }, top));
        return top;
      }),
    follow: (names) =>
      this.#call('follow', ({ logs }) => {
        for (const name of names) logs.add(name);
      }),
    unfollow: (names) => {
      for (const name of names) this.#connection?.logs.delete(name);
    },
    hazards: () => Promise.resolve([]),
  };

  async close(): Promise<void> {
    this.#events = undefined;
    this.#exchange.ends.delete(this);
    this.#end(new BackplaneError('closed', 'The simulated backplane is closed.'));
  }

  #connect(): void {
    if (this.#exchange.isAway || this.isAway) {
      this.#nextTurn(() => this.#lost('It cannot be reached.'));
      return;
    }
    const connection: SimulatedConnection = {
      isOpen: false,
      isDeaf: false,
      channels: new Set(),
      logs: new Set(),
      arriving: [],
      latest: new Map(),
      calls: new Set(),
    };
    this.#connection = connection;
    this.#nextTurn(() => {
      if (this.#connection !== connection) return;
      connection.isOpen = true;
      this.connections += 1;
      this.#isLost = false;
      this.#events?.opened();
    });
  }

  #drop(why: string): void {
    this.#end(new BackplaneError('unreachable', `The simulated backplane does not answer. ${why}`));
    const events = this.#events;
    this.#nextTurn(() => {
      if (this.#events !== events || events === undefined) return;
      this.#lost(why);
      this.tryAgain();
    });
  }

  /** Tells it once, until it is connected again. */
  #lost(why: string): void {
    if (this.#isLost || this.#connection?.isOpen === true) return;
    this.#isLost = true;
    this.#events?.lost(new BackplaneError('unreachable', `The simulated backplane is lost. ${why}`));
  }

  #end(error: BackplaneError): void {
    const connection = this.#connection;
    this.#connection = undefined;
    for (const call of connection?.calls ?? []) call.reject(error);
  }

  #arrive(connection: SimulatedConnection): void {
    const now = this.#clock.now();
    const due = connection.arriving.filter((message) => message.due <= now).sort((one, two) => one.due - two.due);
    const later = connection.arriving.filter((message) => message.due > now);
    connection.arriving.splice(0, connection.arriving.length, ...later);
    for (const message of due) {
      if (this.#connection !== connection || connection.isDeaf) return;
      this.#exchange.arrived(message);
      if (this.#events !== undefined) message.tell(this.#events);
    }
  }

  /** Does a call, and answers in another turn. */
  #call<T>(name: Call, work: (connection: SimulatedConnection) => T): Promise<T> {
    const connection = this.#connection;
    if (connection?.isOpen !== true) {
      return unawaited(Promise.reject(new BackplaneError('closed', 'The simulated backplane is not open.')));
    }
    const answer = defer<T>();
    const fault = this.faults.get(name);
    if (fault !== 'lost') {
      const result = work(connection);
      if (fault === undefined) {
        const call = answer as unknown as Deferred<never>;
        connection.calls.add(call);
        this.#nextTurn(() => {
          connection.calls.delete(call);
          answer.resolve(result);
        });
        return answer.promise;
      }
    }
    // Also when the connection is lost before.
    this.#clock.setTimeout(() => {
      answer.reject(new BackplaneError('unreachable', `The simulated backplane does not answer ${name} in time.`));
    }, CALL_MS);
    return answer.promise;
  }

  #numberOf(end: SimulatedBackplane): number {
    return [...this.#exchange.ends].indexOf(end);
  }
}
