import { HeardChannels } from '../../src/backplane/link/heard-channels.ts';
import { type Sent, SentChannels } from '../../src/backplane/link/sent-channels.ts';
import type { Envelope } from '../../src/backplane/wire/envelope.ts';

const CONTROL = 'ctl';
const SENDER = 'the sender';
/** Channels that one part of a beacon names. */
const NAMED_AT_ONCE = 2;

/** Channels of which nothing was sent for so many beacons are forgotten. */
const KEPT_BEACONS = 5;

/** What comes to a receiver, in the order of its connection. */
type Coming =
  | { readonly is: 'confirmed'; readonly channel: string; readonly subscribed: Subscribed }
  | { readonly is: 'envelope'; readonly channel: string; readonly envelope: Envelope; readonly beacon?: Sent }
  | { readonly is: 'answer'; readonly sent: Sent; readonly at: number };

/** A channel to which a receiver is subscribed. */
interface Subscribed {
  /** Whether it knows that. */
  isConfirmed: boolean;
  /** Number of the sender's latest envelope when the subscription began. */
  readonly since: number;
  /** Number of the first beacon that has come since then. */
  firstBeacon: number | undefined;
  /** Number of envelopes that were lost, and of reports of gaps. */
  losses: number;
  reports: number;
  /** Numbers of those that were lost, and of which no gap has been reported since. */
  lost: number[];
}

/** One node that sends, and others that hear it, over a network that loses whatever the test says. */
export class LossyNetwork {
  readonly sent: SentChannels;
  readonly receivers: readonly Receiver[];
  readonly #beacons: number[] = [];

  constructor(receivers: number, maximum: number) {
    this.sent = new SentChannels(maximum);
    this.receivers = Array.from({ length: receivers }, () => new Receiver(this));
  }

  /** @param isLost For each receiver. @param isTwice Whether those that get it get it twice. */
  send(channel: string, isLost: readonly boolean[], isTwice = false, beacon?: Sent): void {
    const envelope: Envelope = { bootId: SENDER, ...this.sent.next(channel), items: [] };
    const coming: Coming = { is: 'envelope', channel, envelope, ...(beacon === undefined ? {} : { beacon }) };
    this.receivers.forEach((receiver, at) => {
      if (isLost[at] === true || !receiver.hears(channel)) receiver.loses(channel, envelope.number);
      else receiver.coming.push(...(isTwice ? [coming, coming] : [coming]));
    });
  }

  /** @param isLost For each receiver and each part: `isLost[receiver][part]`. */
  beacon(isLost: readonly (readonly boolean[])[]): void {
    const all = this.sent.announce();
    const parts = Math.max(1, Math.ceil(all.channels.length / NAMED_AT_ONCE));
    for (let part = 0; part < parts; part++) {
      const channels = all.channels.slice(part * NAMED_AT_ONCE, (part + 1) * NAMED_AT_ONCE);
      const latest = part === parts - 1 ? all.latest : undefined;
      const losses = isLost.map((ofReceiver) => ofReceiver[part % ofReceiver.length] === true);
      this.send(CONTROL, losses, false, { ...all, latest, channels });
    }
    this.#beacons.push(all.latest);
    if (this.#beacons.length > KEPT_BEACONS) this.sent.forgetBefore(this.#beacons.shift() as number);
  }
}

/** A node that hears the sender. It knows what it should report. */
export class Receiver {
  readonly coming: Coming[] = [];
  /** Reports without a reason: `channel` and what may excuse it. */
  readonly groundless: { readonly channel: string; readonly isUncertain: boolean }[] = [];
  /** Envelopes that were taken twice, or not although they were new. */
  readonly mistaken: number[] = [];
  reported = 0;
  hasMissed = false;
  readonly #network: LossyNetwork;
  readonly #heard: HeardChannels;
  readonly #wanted = new Set<string>();
  readonly #atNetwork = new Set<string>();
  readonly #subscribed = new Map<string, Subscribed>();
  readonly #taken = new Set<number>();
  #questions: { readonly since: number; readonly at: number }[] = [];
  #answers: { readonly sent: Sent; readonly at: number }[] = [];
  #isCut = false;

  constructor(network: LossyNetwork) {
    this.#network = network;
    this.#heard = new HeardChannels(CONTROL, {
      gap: (channel) => this.#gap(channel),
      missed: (_, since, at) => {
        this.hasMissed = true;
        this.#questions.push({ since, at });
      },
    });
    this.want(CONTROL);
  }

  hears(channel: string): boolean {
    return this.#atNetwork.has(channel);
  }

  want(channel: string): void {
    this.#wanted.add(channel);
    if (!this.#isCut) this.#subscribe(channel);
  }

  unwant(channel: string): void {
    this.#wanted.delete(channel);
    this.#atNetwork.delete(channel);
    this.#subscribed.delete(channel);
    this.#heard.unsubscribed(channel);
  }

  /** An envelope does not come. */
  loses(channel: string, number: number): void {
    const subscribed = this.#subscribed.get(channel);
    if (subscribed === undefined || number <= subscribed.since || channel === CONTROL) return;
    subscribed.lost.push(number);
    subscribed.losses += 1;
  }

  cut(): void {
    this.#isCut = true;
    this.#atNetwork.clear();
    for (const coming of this.coming.splice(0)) {
      if (coming.is === 'envelope' && !this.#taken.has(coming.envelope.number))
        this.loses(coming.channel, coming.envelope.number);
      // Nobody answers any more.
      else if (coming.is === 'answer') this.#heard.answered(SENDER, undefined, coming.at);
    }
    for (const [channel, { isConfirmed }] of this.#subscribed) if (!isConfirmed) this.#subscribed.delete(channel);
    for (const { at } of [...this.#questions.splice(0), ...this.#answers.splice(0)])
      this.#heard.answered(SENDER, undefined, at);
  }

  reopen(): void {
    this.#isCut = false;
    for (const channel of this.#wanted) this.#subscribe(channel);
  }

  /** Its own beacon. */
  tick(): void {
    if (!this.#isCut) this.#heard.askAgain();
  }

  /** The sender answers what it was asked; the answers are on their way only when `reply` is called. */
  answer(): void {
    for (const { since, at } of this.#questions.splice(0))
      this.#answers.push({ sent: this.#network.sent.since(since), at });
  }

  reply(isLost: boolean): void {
    for (const answer of this.#answers.splice(0)) {
      if (isLost) this.#heard.answered(SENDER, undefined, answer.at);
      else this.coming.push({ is: 'answer', ...answer });
    }
  }

  deliver(count = this.coming.length): void {
    for (const coming of this.coming.splice(0, count)) this.#take(coming);
  }

  /** Delivers what has come on one channel, as if other channels were slower. */
  deliverOn(channel: string, count: number): void {
    const due = this.coming.filter((coming) => coming.is !== 'answer' && coming.channel === channel).slice(0, count);
    this.#deliverAll(due);
  }

  /** Delivers what was sent before an envelope. */
  deliverBefore(number: number): void {
    this.#deliverAll(this.coming.filter((coming) => coming.is === 'envelope' && coming.envelope.number < number));
  }

  /** The sender's lease has run out. What comes twice does not come before and after that. */
  left(): void {
    const again = this.coming.filter((coming) => coming.is === 'envelope' && this.#taken.has(coming.envelope.number));
    this.#deliverAll(again);
    this.#heard.left(SENDER);
  }

  #deliverAll(due: readonly Coming[]): void {
    for (const coming of due) {
      this.coming.splice(this.coming.indexOf(coming), 1);
      this.#take(coming);
    }
  }

  /** Losses that had to be reported, and were not. */
  get silent(): readonly { readonly channel: string; readonly number: number }[] {
    return [...this.#subscribed].flatMap(([channel, { firstBeacon = Number.POSITIVE_INFINITY, lost }]) =>
      lost.filter((number) => number > firstBeacon).map((number) => ({ channel, number })),
    );
  }

  #subscribe(channel: string): void {
    if (this.#atNetwork.has(channel)) return;
    this.#atNetwork.add(channel);
    const { latest } = this.#network.sent;
    const subscribed = this.#subscribed.get(channel) ?? {
      isConfirmed: false,
      since: latest,
      firstBeacon: undefined,
      losses: 0,
      reports: 0,
      lost: [],
    };
    this.#subscribed.set(channel, subscribed);
    this.coming.push({ is: 'confirmed', channel, subscribed });
  }

  #take(coming: Coming): void {
    if (coming.is === 'answer') this.#heard.answered(SENDER, coming.sent, coming.at);
    else if (coming.is === 'confirmed') {
      const { channel, subscribed } = coming;
      if (this.#subscribed.get(channel) !== subscribed) return;
      subscribed.isConfirmed = true;
      this.#heard.subscribed(channel);
    } else this.#takeEnvelope(coming);
  }

  #takeEnvelope({ beacon, channel, envelope }: Coming & { is: 'envelope' }): void {
    const { number } = envelope;
    const isTaken = this.#heard.heard(channel, envelope);
    if (this.#subscribed.get(channel)?.isConfirmed === true && isTaken === this.#taken.has(number))
      this.mistaken.push(number);
    this.#taken.add(number);
    if (!isTaken || beacon === undefined) return;
    this.#heard.announced(SENDER, beacon);
    if (beacon.latest === undefined) return;
    for (const subscribed of this.#subscribed.values()) if (subscribed.isConfirmed) subscribed.firstBeacon ??= number;
  }

  #gap(channel: string): void {
    this.reported += 1;
    const subscribed = this.#subscribed.get(channel);
    if (subscribed === undefined) throw new Error(`A gap of ${channel} was reported, which is not subscribed.`);
    subscribed.lost = [];
    subscribed.reports += 1;
    if (subscribed.reports > subscribed.losses) this.groundless.push({ channel, isUncertain: this.hasMissed });
  }
}
