import { type HeldMessage, MODERATION_PAGE } from '../moderation-store.ts';
import { compareTexts } from './text-order.ts';

interface Held {
  readonly message: HeldMessage;
  claim: { readonly by: string; readonly at: number } | undefined;
}

/** Held messages in memory. Times are milliseconds since 1970. */
export class MemoryHeld {
  readonly #held = new Map<string, Held>();

  hold(message: HeldMessage): void {
    if (!this.#held.has(message.id)) this.#held.set(message.id, { message, claim: undefined });
  }

  held(): readonly HeldMessage[] {
    return [...this.#held.values()]
      .flatMap(({ message, claim }) => (claim === undefined ? [{ ...message }] : []))
      .sort((a, b) => a.heldAt - b.heldAt || compareTexts(a.id, b.id))
      .slice(0, MODERATION_PAGE);
  }

  /** The first claim counts. */
  claim(id: string, by: string, at: number): HeldMessage | undefined {
    const held = this.#held.get(id);
    if (held === undefined) return undefined;
    held.claim ??= { by, at };
    return held.claim.by === by ? { ...held.message } : undefined;
  }

  /** Deletes those that were claimed by this moment. @returns whether all are deleted. */
  expire(before: number, limit: number): boolean {
    const old = [...this.#held].filter(([, { claim }]) => claim !== undefined && claim.at <= before).slice(0, limit);
    for (const [id] of old) this.#held.delete(id);
    return old.length < limit;
  }
}
