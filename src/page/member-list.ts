import type { Hub } from './client.ts';

/** Whether there are more members than are shown, and when they are requested. */
export type More = 'no' | 'when seen' | 'when pressed' | 'coming';

/** The view of the members. */
export interface PeopleView {
  /** Shows only the user. */
  reset(me: string): void;
  /** Adds a name; a name that is shown already is not added again. */
  add(name: string): void;
  remove(name: string): void;
  rename(from: string, to: string, isMe: boolean): void;
  offerMore(more: More): void;
}

/** Most users in an answer of the hub, see src/hubs/chat.ts: a shorter answer is the last one. */
const PAGE = 100;

/**
 * The members of the chat. The hub sends them page by page, and changes in between. A new member is shown at once, even
 * if their name comes after the last page so far. So pages and changes may arrive in any order.
 */
export class MemberList {
  readonly #hub: Hub;
  readonly #people: PeopleView;
  /** The last name of the last page; undefined when there is no further page. */
  #last: string | undefined;
  /** Changes since a page was requested, because its answer may be older. One array for each request. */
  #changes: (() => void)[] | undefined;

  constructor(hub: Hub, people: PeopleView) {
    this.#hub = hub;
    this.#people = people;
  }

  /**
   * Starts again on a new connection. Answers to earlier requests are ignored. Rejects when this connection is lost,
   * too.
   */
  async begin(me: string): Promise<void> {
    await this.#ask(undefined, () => this.#people.reset(me));
  }

  /** Requests the next page, unless a request is pending. */
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
    // After a failure only the user can request the page again: an automatic request would fail again at once.
    let more: More = this.#last === undefined ? 'no' : 'when pressed';
    try {
      const users = await this.#hub.invoke<{ readonly user: string }[]>('GetUsers', null, { after, limit: PAGE });
      if (this.#changes !== changes) return;
      answered();
      for (const { user } of users) this.#people.add(user);
      // A change that the answer already contains has no effect when it is applied again.
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
