import type { BackplaneError, BackplaneEvents } from '../backplane/backplane.ts';
import type { LogEntry, LogTop, Removed } from '../backplane/log-store.ts';

/** An event of a backplane. */
export type Seen =
  | { readonly type: 'opened' }
  | { readonly type: 'lost'; readonly error: BackplaneError }
  | { readonly type: 'message'; readonly channel: string; readonly bytes: Uint8Array }
  | { readonly type: 'appended'; readonly log: string; readonly entry: LogEntry; readonly top: LogTop }
  | { readonly type: 'removed'; readonly log: string; readonly removed: Removed; readonly top: LogTop };

/** Keeps the events of a backplane in their order, and waits for further ones. */
export class BackplaneObserver implements BackplaneEvents {
  readonly seen: Seen[] = [];
  #waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];

  opened(): void {
    this.#put({ type: 'opened' });
  }

  lost(error: BackplaneError): void {
    this.#put({ type: 'lost', error });
  }

  message(channel: string, bytes: Uint8Array): void {
    this.#put({ type: 'message', channel, bytes });
  }

  appended(log: string, entry: LogEntry, top: LogTop): void {
    this.#put({ type: 'appended', log, entry, top });
  }

  removed(log: string, removed: Removed, top: LogTop): void {
    this.#put({ type: 'removed', log, removed, top });
  }

  /** Messages, each as the text `CHANNEL TEXT`. */
  get texts(): string[] {
    const decoder = new TextDecoder();
    return this.seen.flatMap((event) =>
      event.type === 'message' ? [`${event.channel} ${decoder.decode(event.bytes)}`] : [],
    );
  }

  /** Entries of logs, each as the text `LOG NUMBER TEXT`, or `LOG NUMBER` for a removal. */
  get entries(): string[] {
    const decoder = new TextDecoder();
    return this.seen.flatMap((event) => {
      if (event.type === 'removed') return [`${event.log} ${event.removed.offset}`];
      if (event.type !== 'appended') return [];
      return [`${event.log} ${event.entry.offset} ${decoder.decode(event.entry.bytes)}`];
    });
  }

  /** The losses. */
  get losses(): BackplaneError[] {
    return this.seen.flatMap((event) => (event.type === 'lost' ? [event.error] : []));
  }

  /** Resolves when there were so many events of a type. */
  async until(type: Seen['type'], count: number): Promise<void> {
    const isMet = (): boolean => this.seen.filter((event) => event.type === type).length >= count;
    if (isMet()) return;
    await new Promise<void>((resolve) => this.#waiting.push({ isMet, resolve }));
  }

  #put(event: Seen): void {
    this.seen.push(event);
    const met = this.#waiting.filter(({ isMet }) => isMet());
    this.#waiting = this.#waiting.filter((one) => !met.includes(one));
    for (const { resolve } of met) resolve();
  }
}
