import { HubError } from '../errors.ts';
import type { Recipient } from './connections.ts';

const NOBODY: ReadonlySet<Recipient> = new Set();
const NONE: ReadonlySet<string> = new Set();

/** Who is in which group of one hub. A group exists while it has members; both directions are kept, so leaving is O(own groups). */
export class Memberships {
  readonly #maximumPerConnection: number;
  readonly #members = new Map<string, Set<Recipient>>();
  readonly #groups = new Map<Recipient, Set<string>>();

  constructor(maximumPerConnection: number) {
    this.#maximumPerConnection = maximumPerConnection;
  }

  /** How many groups have members. */
  get size(): number {
    return this.#members.size;
  }

  /** @throws {HubError} when the connection is in as many groups as it may be. */
  join(recipient: Recipient, group: string): void {
    let groups = this.#groups.get(recipient);
    if (groups?.has(group)) return;
    if (groups !== undefined && groups.size >= this.#maximumPerConnection) {
      throw new HubError(
        `A connection can be in at most ${this.#maximumPerConnection} groups (maximumGroupsPerConnection).`,
      );
    }
    if (groups === undefined) {
      groups = new Set();
      this.#groups.set(recipient, groups);
    }
    groups.add(group);
    const members = this.#members.get(group);
    if (members === undefined) this.#members.set(group, new Set([recipient]));
    else members.add(recipient);
  }

  leave(recipient: Recipient, group: string): void {
    const groups = this.#groups.get(recipient);
    if (groups?.delete(group) !== true) return;
    if (groups.size === 0) this.#groups.delete(recipient);
    this.#removeMember(recipient, group);
  }

  leaveAll(recipient: Recipient): void {
    const groups = this.#groups.get(recipient);
    if (groups === undefined) return;
    this.#groups.delete(recipient);
    for (const group of groups) this.#removeMember(recipient, group);
  }

  members(group: string): ReadonlySet<Recipient> {
    return this.#members.get(group) ?? NOBODY;
  }

  groupsOf(recipient: Recipient): ReadonlySet<string> {
    return this.#groups.get(recipient) ?? NONE;
  }

  #removeMember(recipient: Recipient, group: string): void {
    const members = this.#members.get(group);
    members?.delete(recipient);
    if (members?.size === 0) this.#members.delete(group);
  }
}
