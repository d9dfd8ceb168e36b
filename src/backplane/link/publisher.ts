import type { Published } from '../backplane.ts';
import { type Envelopes, MAXIMUM_ENVELOPE_BYTES } from '../wire/envelope.ts';
import type { SentChannels } from './sent-channels.ts';

/**
 * Reasons for which a message was not shared with the other nodes: there was no connection, too much waited for the
 * backplane, it is too long, or the backplane did not say that it has taken it.
 */
export type UnsharedReason = 'unlinked' | 'full' | 'too-large' | 'failed';

/** Messages that wait for the backplane, of all who share this object. */
export interface Waiting {
  messages: number;
  /** Number of messages that may wait. */
  readonly capacity: number;
}

interface OpenEnvelope {
  readonly channel: string;
  readonly items: unknown[];
  readonly owners: (Waiting | undefined)[];
  bytes: number;
}

export interface PublisherParts {
  readonly envelopes: Envelopes;
  readonly sent: SentChannels;
  readonly nextTurn: (run: () => void) => void;
  publish(messages: readonly Published[]): Promise<void>;
  /** Called when publishing has failed. */
  failed(error: unknown): void;
}

/** Items of one envelope, at most: beyond it another one begins. */
const ENVELOPE_BYTES = 262_144;
/** Bytes that may wait for the backplane. */
const MAXIMUM_WAITING_BYTES = 32 * 1_024 * 1_024;
/** What an item costs beside its payloads, for the sums above. */
const ITEM_BYTES = 64;

/**
 * Publishes what this node sends, once a turn of the event loop and in its order. Items that follow each other on one
 * channel share an envelope. Nothing is kept while there is no connection: it is counted, and the numbers of the
 * channels go on, so that the other nodes notice.
 */
export class Publisher {
  readonly #parts: PublisherParts;
  #open: OpenEnvelope[] = [];
  #waitingBytes = 0;
  #isScheduled = false;
  #shared = 0;
  #unshared: Partial<Record<UnsharedReason, number>> = {};
  /** Whether the backplane is connected. */
  isOpen = false;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Number of messages that the backplane has taken. Questions, answers and beacons are no messages. */
  get shared(): number {
    return this.#shared;
  }
  /** Number of messages that were not shared, by reason. */
  get unshared(): Readonly<Partial<Record<UnsharedReason, number>>> {
    return this.#unshared;
  }
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /**
   * Adds an item to what is published in this turn. Never throws.
   *
   * @param bytes Length of its payloads.
   * @param owner Counts it as long as it waits for the backplane. undefined: it is no message.
   * @returns the reason for which it is not shared. The next envelope on its channel tells the others that one is
   *   missing.
   */
  add(channel: string, item: readonly unknown[], bytes: number, owner?: Waiting): UnsharedReason | undefined {
    const refused = this.#refusal(bytes, owner);
    if (refused !== undefined) {
      this.#parts.sent.next(channel);
      if (owner !== undefined) this.#count(refused, 1);
      return refused;
    }
    const weight = bytes + ITEM_BYTES;
    this.#waitingBytes += weight;
    if (owner !== undefined) owner.messages += 1;
    const last = this.#open.at(-1);
    if (last !== undefined && last.channel === channel && last.bytes + weight <= ENVELOPE_BYTES) {
      last.items.push(item);
      last.owners.push(owner);
      last.bytes += weight;
      return undefined;
    }
    this.#open.push({ channel, items: [item], owners: [owner], bytes: weight });
    if (this.#isScheduled) return undefined;
    this.#isScheduled = true;
    this.#parts.nextTurn(() => this.flush());
    return undefined;
  }

  /** Publishes what has been added. */
  flush(): void {
    this.#isScheduled = false;
    const open = this.#open;
    if (open.length === 0) return;
    this.#open = [];
    const { envelopes, sent, failed } = this.#parts;
    const published = open.map(({ channel, items }) => {
      const { number, previous } = sent.next(channel);
      return { channel, bytes: envelopes.write(channel, { number, previous, items }) };
    });
    this.#parts.publish(published).then(
      () => {
        this.#shared += this.#settle(open);
      },
      (error: unknown) => {
        this.#count('failed', this.#settle(open));
        failed(error);
      },
    );
  }

  #refusal(bytes: number, owner: Waiting | undefined): UnsharedReason | undefined {
    if (!this.isOpen) return 'unlinked';
    if (owner !== undefined && owner.messages >= owner.capacity) return 'full';
    if (bytes > MAXIMUM_ENVELOPE_BYTES / 2) return 'too-large';
    return this.#waitingBytes + bytes > MAXIMUM_WAITING_BYTES ? 'full' : undefined;
  }

  /** @returns the number of messages. */
  #settle(open: readonly OpenEnvelope[]): number {
    let messages = 0;
    for (const { owners, bytes } of open) {
      this.#waitingBytes -= bytes;
      for (const owner of owners) {
        if (owner === undefined) continue;
        owner.messages -= 1;
        messages += 1;
      }
    }
    return messages;
  }

  #count(reason: UnsharedReason, messages: number): void {
    this.#unshared[reason] = (this.#unshared[reason] ?? 0) + messages;
  }
}
