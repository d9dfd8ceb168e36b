import { fold, type NameKeys, nameKeysOf } from './name-keys.ts';

export interface Member {
  readonly connectionId: string;
  readonly connectedAt: string;
  /** '' until there is one; `Members` changes it. */
  username: string;
  messageCount: number;
}

interface Entry {
  readonly member: Member;
  readonly keys: NameKeys;
}

/** The members of the chat. Of two names that look the same to people (name-keys.ts) only one is held at a time. */
export class Members {
  readonly #byName = new Map<string, Entry>();
  readonly #byLook = new Map<string, Entry>();
  /** By folded name. To insert moves what stands behind: a few microseconds for ten thousand. */
  readonly #sorted: Entry[] = [];

  /** Whoever is meant by this name: the user of the same name, else the one whose name looks like it. */
  find(name: string): Member | undefined {
    const keys = nameKeysOf(name);
    return (this.#byName.get(keys.name) ?? this.#byLook.get(keys.look))?.member;
  }

  /** @returns false, and changes nothing, when somebody else has this name or one that looks like it. */
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

  /** In the order of their names: those behind `after`, whether or not somebody has that name, or the first ones. */
  list(after: string | undefined, limit: number): readonly Member[] {
    const start = after === undefined ? 0 : this.#firstBehind(fold(after));
    return this.#sorted.slice(start, start + limit).map(({ member }) => member);
  }

  /** Where in the order the names begin that come behind this one. */
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
