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
  /** So many items may wait for the method. */
  readonly capacity: number;
  readonly detailedErrors: boolean;
  /** The connection's backlog: items that wait count there. */
  readonly backlog: Backlog;
  /** Told when items are taken that were too many, or too heavy. */
  readonly roomMade: () => void;
  /** Told of an item that the schema has not let pass. */
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
  /** The method is done with it: whatever comes is dropped. */
  #isClosed = false;
  #wake: (() => void) | undefined;

  constructor(id: string, settings: UploadSettings) {
    this.id = id;
    this.#settings = settings;
  }

  /** An empty one is not, however heavy other uploads are: its method may wait for just that item. */
  get isFull(): boolean {
    const { length } = this.#items;
    return length >= this.#settings.capacity || (length > 0 && this.#settings.backlog.isFull);
  }

  push(item: StreamItemMessage): void {
    if (this.#isClosed || this.#end !== undefined) return;
    // The method has asked for it already: it does not wait.
    const weight = this.#wake !== undefined && this.#items.length === 0 ? 0 : weightOf(item);
    this.#items.push(item);
    this.#weights.push(weight);
    this.#settings.backlog.add(weight);
    this.#wake?.();
  }

  /** Nothing comes behind what waits; the first end counts. With an error it is thrown where it would have been read. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  /** The method was not in time: not even what waits is read any more. */
  fail(error: Error): void {
    this.#end = { error };
    this.#clear();
  }

  /** The method is done, or reads no further. */
  close(): void {
    this.#isClosed = true;
    this.#clear();
  }

  /**
   * What the method reads. An iterator around the generator, so that a step that nobody awaits ends no process when the
   * connection does.
   */
  items(): AsyncIterableIterator<unknown> {
    const reading = this.#read();
    return {
      next: () => unawaited(reading.next()),
      return: () => {
        // A generator that has not begun, or waits, would not.
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
      // Also for a method that reads on when its call is over: half an upload must not look like a whole one.
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
