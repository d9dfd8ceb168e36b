import { fold, type NameKeys, nameKeysOf } from './name-keys.ts';

export interface Member {
  readonly connectionId: string;
  readonly connectedAt: string;
  /** '' until the member has a name; `Members` changes it. */
  username: string;
  messageCount: number;
}

interface Entry {
  readonly member: Member;
  readonly keys: NameKeys;
}

/**
 * The members of the chat. Of two names that look the same to people (name-keys.ts) only one can be taken at a time.
 */
export class Members {
  readonly #byName = new Map<string, Entry>();
  readonly #byLook = new Map<string, Entry>();
  /** Sorted by folded name. An insertion moves the entries behind it: a few microseconds for ten thousand. */
  readonly #sorted: Entry[] = [];

  /** The member with this name, else the member whose name looks like it. */
  find(name: string): Member | undefined {
    const keys = nameKeysOf(name);
    return (this.#byName.get(keys.name) ?? this.#byLook.get(keys.look))?.member;
  }

  /** Names a member. @returns false, without a change, when another member has this name or one that looks like it. */
  name(member: Member, name: string): boolean {
    const keys = nameKeysOf(name);
    const holders = [this.#byName.get(keys.name), this.#byLook.get(keys.look)];
    if (holders.some((holder) => holder !== undefined && holder.member !== member)) return false;
    this.remove(member);
    member.username = name;
    const entry = { member, keys };
    this.#byName.set(keys.name, entry);
    this.#byLook.set(keys.look, entry);
    this.#sorted.splice(this.#firstBehind(keys.folded), 0, entry);
    return true;
  }

  remove(member: Member): void {
    const keys = nameKeysOf(member.username);
    const entry = this.#byName.get(keys.name);
    if (entry?.member !== member) return;
    this.#byName.delete(keys.name);
    this.#byLook.delete(keys.look);
    this.#sorted.splice(this.#firstBehind(keys.folded) - 1, 1);
  }

  /**
   * Members in the order of their names: those behind `after`, which need not be the name of a member, or the first
   * ones.
   */
  list(after: string | undefined, limit: number): readonly Member[] {
    const start = after === undefined ? 0 : this.#firstBehind(fold(after));
    return this.#sorted.slice(start, start + limit).map(({ member }) => member);
  }

  /** Index of the first name behind this one. */
  #firstBehind(folded: string): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as Entry).keys.folded <= folded) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
