import type { HubConnection } from '@microsoft/signalr';

/** Whether there are more people than are shown, and when they are fetched. */
export type More = 'no' | 'when seen' | 'when pressed' | 'coming';

/** Where the people are shown. */
export interface PeopleView {
  /** Nobody but the user. */
  reset(me: string): void;
  /** Whoever is there already is there once. */
  add(name: string): void;
  remove(name: string): void;
  rename(from: string, to: string, isMe: boolean): void;
  offerMore(more: More): void;
}

/** The most that the hub answers with, see src/hubs/chat.ts: an answer with fewer is the last. */
const PAGE = 100;

/**
 * The members who are here, as the hub tells it: page by page, and by changes meanwhile. A new one is shown at once, also behind
 * the pages that there are so far, so pages and changes may come in any order.
 */
export class Roll {
  readonly #hub: HubConnection;
  readonly #people: PeopleView;
  /** The last name of the last page; undefined when no further one is to be had. */
  #last: string | undefined;
  /** Changes since a page was asked for: its answer may be older. One array for each question. */
  #changes: (() => void)[] | undefined;

  constructor(hub: HubConnection, people: PeopleView) {
    this.#hub = hub;
    this.#people = people;
  }

  /** Anew, on a new connection; what an earlier one was asked is of no interest any more. Rejects when this one is gone, too. */
  async begin(me: string): Promise<void> {
    await this.#ask(undefined, () => this.#people.reset(me));
  }

  /** The next page. As long as it is under way, nobody asks for it again. */
  async more(): Promise<void> {
    if (this.#last === undefined || this.#changes !== undefined) return;
    this.#people.offerMore('coming');
    await this.#ask(this.#last, () => {}).catch(() => {});
  }

  joined(name: string): void {
    this.#change(() => this.#people.add(name));
  }

  left(name: string): void {
    this.#change(() => this.#people.remove(name));
  }

  renamed(from: string, to: string, isMe: boolean): void {
    this.#change(() => this.#people.rename(from, to, isMe));
  }

  #change(change: () => void): void {
    this.#changes?.push(change);
    change();
  }

  async #ask(after: string | undefined, answered: () => void): Promise<void> {
    const changes: (() => void)[] = [];
    this.#changes = changes;
    // What cannot be had is not asked for again by itself: it would fail again at once.
    let more: More = this.#last === undefined ? 'no' : 'when pressed';
    try {
      const users = await this.#hub.invoke<{ readonly user: string }[]>('GetUsers', null, { after, limit: PAGE });
      if (this.#changes !== changes) return;
      answered();
      for (const { user } of users) this.#people.add(user);
      // Those that the answer contains already do no harm when they are made again.
      for (const change of changes) change();
      this.#last = users.length < PAGE ? undefined : users.at(-1)?.user;
      more = this.#last === undefined ? 'no' : 'when seen';
    } finally {
      if (this.#changes === changes) {
        this.#changes = undefined;
        this.#people.offerMore(more);
      }
    }
  }
}
