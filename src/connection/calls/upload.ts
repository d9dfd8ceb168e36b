import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ArgumentsError, HubError, visibleDetail } from '../../errors.ts';
import { bindItem } from '../../hub/binding.ts';
import { unawaited } from '../../promises.ts';
import { errorTexts } from '../../protocol/error-texts.ts';
import type { StreamItemMessage } from '../../protocol/messages.ts';
import type { Backlog } from '../mailbox/backlogs.ts';
import { weightOf } from '../mailbox/weight.ts';

export interface UploadSettings {
  readonly schema: StandardSchemaV1;
  /** Maximum of items that wait for the method. */
  readonly capacity: number;
  readonly detailedErrors: boolean;
  /** The connection's backlog, which counts waiting items. */
  readonly backlog: Backlog;
  /** Called when a full upload has room again. */
  readonly roomMade: () => void;
  /** Called for an item that does not fit its schema. */
  readonly refused: (error: unknown) => void;
}

/** One stream from the client, between the mailbox and the method that reads it. */
export class Upload {
  readonly id: string;
  readonly #settings: UploadSettings;
  #items: StreamItemMessage[] = [];
  /** The weight of each item. */
  #weights: number[] = [];
  #end: { readonly error: Error | undefined } | undefined;
  /** Whether the method reads no more: items that still come are dropped. */
  #isClosed = false;
  #wake: (() => void) | undefined;

  constructor(id: string, settings: UploadSettings) {
    this.id = id;
    this.#settings = settings;
  }

  /** Whether no item may be added. An empty upload always has room: its method may wait for just that item. */
  get isFull(): boolean {
    const { length } = this.#items;
    return length >= this.#settings.capacity || (length > 0 && this.#settings.backlog.isFull);
  }

  push(item: StreamItemMessage): void {
    if (this.#isClosed || this.#end !== undefined) return;
    // The method is waiting for this item, so it does not count as waiting.
    const weight = this.#wake !== undefined && this.#items.length === 0 ? 0 : weightOf(item);
    this.#items.push(item);
    this.#weights.push(weight);
    this.#settings.backlog.add(weight);
    this.#wake?.();
  }

  /**
   * Ends the upload behind the waiting items. Only the first end counts. The method gets the error when it reads so
   * far.
   */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  /** Ends the upload at once, and drops the waiting items: the method was not in time. */
  fail(error: Error): void {
    this.#end = { error };
    this.#clear();
  }

  /** Drops the waiting items, and all later ones: the method reads no more. */
  close(): void {
    this.#isClosed = true;
    this.#clear();
  }

  /**
   * Items for the method. An iterator around the generator, so that a step that is not awaited causes no unhandled
   * rejection when the connection ends.
   */
  items(): AsyncIterableIterator<unknown> {
    const reading = this.#read();
    return {
      next: () => unawaited(reading.next()),
      return: () => {
        // The generator does not close itself if it has not begun, or waits.
        this.close();
        return unawaited(reading.return(undefined));
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async *#read(): AsyncGenerator<unknown, undefined> {
    try {
      while (!this.#isClosed) {
        if (this.#items.length > 0) yield await this.#bind(this.#take());
        else if (this.#end !== undefined) break;
        else await this.#arrival();
      }
      // Also for a method that reads on after its call has ended: half an upload must not look like a whole one.
      if (this.#end?.error !== undefined) throw this.#end.error;
    } finally {
      this.close();
    }
  }

  #take(): StreamItemMessage {
    const wasFull = this.isFull;
    const item = this.#items.shift() as StreamItemMessage;
    this.#settings.backlog.remove(this.#weights.shift() as number);
    if (wasFull) this.#settings.roomMade();
    return item;
  }

  async #bind({ item, unbindable }: StreamItemMessage): Promise<unknown> {
    const { schema, detailedErrors, refused } = this.#settings;
    try {
      if (unbindable) throw new ArgumentsError(errorTexts.unreadable('An item'));
      return await bindItem(schema, item);
    } catch (error) {
      refused(error);
      throw new HubError(errorTexts.itemNotBound(visibleDetail(error, detailedErrors)), { cause: error });
    }
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #clear(): void {
    const wasFull = this.isFull;
    this.#items = [];
    for (const weight of this.#weights.splice(0)) this.#settings.backlog.remove(weight);
    this.#wake?.();
    if (wasFull) this.#settings.roomMade();
  }
}
