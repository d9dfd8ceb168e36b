import { HubError } from '../errors.ts';
import { MAXIMUM_NAMES_BYTES } from '../hub/hub-options.ts';
import { type AddressObserver, NO_OBSERVER } from './address-observer.ts';
import type { Recipient } from './connections.ts';

interface GroupLimits {
  readonly maximumGroupsPerConnection: number;
  /** Length of the longest name, in bytes of UTF-8. */
  readonly maximumGroupNameBytes: number;
}

interface Group {
  readonly name: string;
  readonly nameBytes: number;
  readonly members: Set<Recipient>;
}

/** Groups of one connection. */
interface JoinedGroups {
  readonly groups: Set<Group>;
  namesBytes: number;
}

const NO_RECIPIENTS: ReadonlySet<Recipient> = new Set();

/**
 * Members of the groups of one hub. A group exists while it has members. Both directions are kept: leaving is O(joined
 * groups).
 */
export class Memberships {
  readonly #limits: GroupLimits;
  readonly #observer: AddressObserver;
  readonly #groups = new Map<string, Group>();
  readonly #joined = new Map<Recipient, JoinedGroups>();

  constructor(limits: GroupLimits, observer = NO_OBSERVER) {
    this.#limits = limits;
    this.#observer = observer;
  }

  /** Number of groups; each has members. */
  get size(): number {
    return this.#groups.size;
  }

  /** @throws {HubError} when the connection is in as many groups as allowed, or the name is too long. */
  join(recipient: Recipient, name: string): void {
    const known = this.#groups.get(name);
    if (known?.members.has(recipient) === true) return;
    const nameBytes = known?.nameBytes ?? this.#lengthOf(name);
    const joined = this.#joined.get(recipient) ?? { groups: new Set(), namesBytes: 0 };
    this.#check(joined, nameBytes);
    const group = known ?? { name: copyOf(name), nameBytes, members: new Set() };
    if (known === undefined) {
      this.#groups.set(group.name, group);
      this.#observer.groupAdded(group.name);
    }
    group.members.add(recipient);
    joined.groups.add(group);
    joined.namesBytes += nameBytes;
    this.#joined.set(recipient, joined);
  }

  leave(recipient: Recipient, name: string): void {
    const group = this.#groups.get(name);
    const joined = this.#joined.get(recipient);
    if (group === undefined || joined?.groups.delete(group) !== true) return;
    joined.namesBytes -= group.nameBytes;
    if (joined.groups.size === 0) this.#joined.delete(recipient);
    this.#removeMember(recipient, group);
  }

  leaveAll(recipient: Recipient): void {
    const joined = this.#joined.get(recipient);
    if (joined === undefined) return;
    this.#joined.delete(recipient);
    for (const group of joined.groups) this.#removeMember(recipient, group);
  }

  members(name: string): ReadonlySet<Recipient> {
    return this.#groups.get(name)?.members ?? NO_RECIPIENTS;
  }

  /** Names of the groups of a connection. */
  groupsOf(recipient: Recipient): readonly string[] {
    return Array.from(this.#joined.get(recipient)?.groups ?? [], ({ name }) => name);
  }

  #lengthOf(name: string): number {
    const { maximumGroupNameBytes } = this.#limits;
    const bytes = Buffer.byteLength(name);
    if (bytes <= maximumGroupNameBytes) return bytes;
    throw new HubError(
      `A group's name can have at most ${maximumGroupNameBytes} bytes (maximumGroupNameBytes); this one has ${bytes}.`,
    );
  }

  #check({ groups, namesBytes }: JoinedGroups, nameBytes: number): void {
    const { maximumGroupsPerConnection } = this.#limits;
    if (groups.size >= maximumGroupsPerConnection) {
      throw new HubError(
        `A connection can be in at most ${maximumGroupsPerConnection} groups (maximumGroupsPerConnection).`,
      );
    }
    if (namesBytes + nameBytes > MAXIMUM_NAMES_BYTES) {
      throw new HubError(
        `The names of a connection's groups can have at most ${MAXIMUM_NAMES_BYTES} bytes together: use shorter ones.`,
      );
    }
  }

  #removeMember(recipient: Recipient, { name, members }: Group): void {
    members.delete(recipient);
    if (members.size > 0) return;
    this.#groups.delete(name);
    this.#observer.groupRemoved(name);
  }
}

/** A copy of the text. In V8 a part of a longer text, which a name often is, keeps all of that text in memory. */
function copyOf(name: string): string {
  return JSON.parse(JSON.stringify(name));
}
