import { type Deferred, defer } from '../../promises.ts';

interface Subscription {
  /** `new`: not asked for. `asked`: not confirmed. */
  state: 'new' | 'asked' | 'confirmed';
  isWanted: boolean;
  /** Made when somebody waits for the confirmation. */
  confirmed: Deferred<void> | undefined;
}

export interface SubscriptionsParts {
  readonly nextTurn: (run: () => void) => void;
  subscribe(channels: readonly string[]): Promise<void>;
  unsubscribe(channels: readonly string[]): void;
  /** Called for each channel when its messages come, and when they do not come any more. */
  confirmed(channel: string): void;
  ended(channel: string): void;
  /** Called when subscribing has failed. */
  failed(error: unknown): void;
}

const CONFIRMED = Promise.resolve();

/**
 * Channels that this node subscribes to: what it has members for. They are asked for once a turn of the event loop, and
 * given up one beacon after nobody wants them, since clients that come and go would cost two commands each time.
 */
export class Subscriptions {
  readonly #parts: SubscriptionsParts;
  readonly #channels = new Map<string, Subscription>();
  /** Those to ask for in this turn. */
  #added: string[] = [];
  /** Those that nobody wants: since this beacon, and since the one before. */
  #idle = new Set<string>();
  #idleBefore = new Set<string>();
  #isOpen = false;
  /** Number of the connection: a late answer of an earlier one means nothing. */
  #connection = 0;

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#channels.size;
  }

  want(channel: string): void {
    const known = this.#channels.get(channel);
    if (known !== undefined) {
      known.isWanted = true;
      this.#idle.delete(channel);
      this.#idleBefore.delete(channel);
      return;
    }
    this.#channels.set(channel, { state: 'new', isWanted: true, confirmed: undefined });
    if (!this.#isOpen) return;
    if (this.#added.length === 0) this.#parts.nextTurn(() => this.#ask());
    this.#added.push(channel);
  }

  unwant(channel: string): void {
    const known = this.#channels.get(channel);
    if (known === undefined) return;
    known.isWanted = false;
    // While there is no connection there are no beacons, and nothing would be given up.
    if (this.#isOpen) this.#idle.add(channel);
    else this.#forget(channel, known);
  }

  /** Resolves when messages on a channel come, or when the connection is lost. undefined: they come. */
  whenConfirmed(channel: string): Promise<void> | undefined {
    const subscription = this.#channels.get(channel);
    if (subscription === undefined || subscription.state === 'confirmed' || !this.#isOpen) return undefined;
    subscription.confirmed ??= defer();
    return subscription.confirmed.promise;
  }

  /** There is a new connection: subscribes to everything. Resolves when it is confirmed. */
  open(): Promise<void> {
    this.#isOpen = true;
    this.#connection += 1;
    this.#added = [...this.#channels.keys()];
    return this.#ask();
  }

  /** The connection is lost, and all subscriptions with it. */
  close(): void {
    this.#isOpen = false;
    this.#added = [];
    for (const [channel, subscription] of this.#channels) {
      if (!subscription.isWanted) this.#forget(channel, subscription);
      subscription.state = 'new';
      subscription.confirmed?.resolve();
      subscription.confirmed = undefined;
    }
    this.#idle.clear();
    this.#idleBefore.clear();
  }

  /** Gives up what nobody has wanted since the beacon before. Called once for each beacon. */
  sweep(): void {
    const given: string[] = [];
    for (const channel of this.#idleBefore) {
      const subscription = this.#channels.get(channel);
      if (subscription === undefined || subscription.isWanted) continue;
      if (subscription.state !== 'new') given.push(channel);
      this.#forget(channel, subscription);
    }
    this.#idleBefore = this.#idle;
    this.#idle = new Set();
    if (given.length > 0 && this.#isOpen) this.#parts.unsubscribe(given);
  }

  #forget(channel: string, subscription: Subscription): void {
    this.#channels.delete(channel);
    subscription.confirmed?.resolve();
    this.#parts.ended(channel);
  }

  #ask(): Promise<void> {
    const asked = this.#added.filter((channel) => this.#channels.get(channel)?.state === 'new');
    this.#added = [];
    if (!this.#isOpen || asked.length === 0) return CONFIRMED;
    const subscriptions = asked.map((channel) => this.#channels.get(channel) as Subscription);
    for (const subscription of subscriptions) subscription.state = 'asked';
    const connection = this.#connection;
    const confirmed = this.#parts.subscribe(asked).then(() => {
      if (connection === this.#connection) this.#confirm(asked, subscriptions);
    });
    confirmed.catch((error: unknown) => {
      if (connection === this.#connection) this.#parts.failed(error);
    });
    return confirmed;
  }

  #confirm(channels: readonly string[], subscriptions: readonly Subscription[]): void {
    channels.forEach((channel, at) => {
      const subscription = subscriptions[at] as Subscription;
      // It was given up, or the connection was lost, meanwhile.
      if (subscription.state !== 'asked' || this.#channels.get(channel) !== subscription) return;
      subscription.state = 'confirmed';
      this.#parts.confirmed(channel);
      subscription.confirmed?.resolve();
      subscription.confirmed = undefined;
    });
  }
}
