import type { PresenceLink } from './presence-link.ts';
import { OVERDUE_AT_ONCE, type PresenceStore } from './presence-store.ts';
import type { StoreEntrance } from './store-entrance.ts';

export interface ReaperParts {
  readonly hub: string;
  readonly store: PresenceStore;
  readonly link: PresenceLink;
  readonly entrance: StoreEntrance;
  /** Milliseconds for which the claims of a dead node are kept, hidden. */
  readonly graceMs: number;
  /** Milliseconds in which one node looks for dead ones. */
  readonly turnMs: number;
  /** Writes keys, so that claims of dead nodes are removed and what has changed is told. Resolves when it is done. */
  readonly write: (keys: readonly string[]) => Promise<void>;
}

/** Removes the claims of nodes that have died. All nodes look for them, one at a time. */
export class PresenceReaper {
  readonly #parts: ReaperParts;
  #reaped = 0;
  #isReaping = false;

  constructor(parts: ReaperParts) {
    this.#parts = parts;
  }

  /** Number of keys of dead nodes that this one has written. */
  get reaped(): number {
    return this.#reaped;
  }

  /** Looks for dead nodes, if no other node does. Never rejects. */
  async look(): Promise<void> {
    if (this.#isReaping) return;
    this.#isReaping = true;
    try {
      await this.#reap();
    } catch {
      // The link notices by itself, and another node has the next turn.
    }
    this.#isReaping = false;
  }

  async #reap(): Promise<void> {
    const { hub, store, link, entrance, graceMs, turnMs, write } = this.#parts;
    if (!(await link.takeTurn(`presence:${hub}`, turnMs))) return;
    let keys: readonly string[];
    do {
      keys = await store.overdue(hub, graceMs);
      await write(keys);
      this.#reaped += keys.length;
    } while (keys.length === OVERDUE_AT_ONCE && entrance.isOpen);
  }
}
