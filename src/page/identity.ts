import type { Hub } from './client.ts';
import { asShown, errorText, lengthOfName, NAME_LIMIT, refusal, sameName } from './words.ts';

export interface IdentityEvents {
  /** The user's name at the hub has changed; `before` is empty at first. */
  named(name: string, before: string): void;
  problem(text: string): void;
}

/** Name of the user. The hub forgets it at the end of a connection; this part remembers it and requests it again. */
export class Identity {
  readonly #hub: Hub;
  readonly #key: string;
  readonly #events: IdentityEvents;
  #name = '';
  /** The name that the user wants; it may be taken at the moment. */
  #wanted: string;

  constructor(hub: Hub, key: string, events: IdentityEvents) {
    this.#hub = hub;
    this.#key = key;
    this.#events = events;
    this.#wanted = recall(key);
  }

  get name(): string {
    return this.#name;
  }

  isMe(name: string): boolean {
    return sameName(name, this.#name);
  }

  /** Requests the name after a new connection. Rejects only when that connection has ended. */
  async restore(): Promise<void> {
    const { username } = await this.#hub.invoke<{ readonly username: string }>('GetStats');
    if (this.#wanted === '') this.#wanted = username;
    const taken = await this.#take(username);
    if (taken === undefined) return;
    this.#become(username);
    this.#events.problem(`${taken} You are ${username} until it is free.`);
  }

  /** Requests a name for the user. @returns whether the hub accepted it. */
  async rename(written: string): Promise<boolean> {
    const wanted = asShown(written);
    try {
      await this.#hub.invoke('SetUsername', wanted);
    } catch (error) {
      this.#events.problem(errorText(error));
      return false;
    }
    this.#wanted = wanted;
    remember(this.#key, wanted);
    this.#become(wanted);
    return true;
  }

  /** A name has become free. After a lost connection it is often the user's own, which that connection still held. */
  async freed(name: string): Promise<void> {
    if (sameName(name, this.#wanted) && !this.isMe(name)) await this.#take(this.#name);
  }

  /** @returns the reason of the refusal, if there was one. */
  async #take(present: string): Promise<string | undefined> {
    const wanted = this.#wanted;
    try {
      if (wanted !== present) await this.#hub.invoke('SetUsername', wanted);
    } catch (error) {
      const why = refusal(error);
      if (why === undefined) throw error;
      return why;
    }
    this.#become(wanted);
    return undefined;
  }

  #become(name: string): void {
    const before = this.#name;
    this.#name = name;
    this.#events.named(name, before);
  }
}

/** Storage for this tab only, because two tabs are two users. A browser may refuse to store anything. */
function recall(key: string): string {
  try {
    const name = sessionStorage.getItem(key) ?? '';
    return lengthOfName(name) <= NAME_LIMIT ? name : '';
  } catch {
    return '';
  }
}

function remember(key: string, name: string): void {
  try {
    sessionStorage.setItem(key, name);
  } catch {
    // The name then lasts as long as the page.
  }
}
