import {
  type GroupQuery,
  type KeptRequest,
  MEMBER_PAGE,
  type Member,
  type MemberQuery,
  type Membership,
  type MembershipStore,
  type NewRequest,
} from '../membership-store.ts';
import { pageLimit } from '../rows/page-limit.ts';
import { StorageError } from '../storage.ts';
import { MemoryRequests } from './memory-requests.ts';
import { compareTexts } from './text-order.ts';

/** Users in groups, and requests that are done once, in memory. */
export class MemoryMemberships implements MembershipStore {
  /** Whether calls are answered: the storage is open. */
  isOpen = false;
  /** By user of a hub, then by group, in the order in which they were added. */
  readonly #users = new Map<string, Map<string, Membership>>();
  readonly #requests = new MemoryRequests();

  async add({ hub, userId, group, until }: Membership, limit: number): Promise<readonly string[]> {
    this.#checkOpen();
    const groups = this.#users.get(keyOf({ hub, userId })) ?? new Map<string, Membership>();
    this.#users.set(keyOf({ hub, userId }), groups);
    groups.delete(group);
    groups.set(group, { hub, userId, group, until });
    if (until !== null) return [];
    const lasting = [...groups.values()].filter((kept) => kept.until === null);
    const beyond = lasting.slice(0, Math.max(0, lasting.length - limit));
    for (const membership of beyond) this.#delete(membership);
    return beyond.map((membership) => membership.group);
  }

  async remove(member: Member): Promise<void> {
    this.#checkOpen();
    this.#delete(member);
  }

  async removeAll(hub: string, userId: string): Promise<void> {
    this.#checkOpen();
    this.#users.delete(keyOf({ hub, userId }));
  }

  async find(member: Member, now: number): Promise<Membership | undefined> {
    this.#checkOpen();
    const kept = this.#users.get(keyOf(member))?.get(member.group);
    return kept !== undefined && isGood(kept, now) ? { ...kept } : undefined;
  }

  async groupsOf({ hub, userId, after, limit }: GroupQuery, now: number): Promise<readonly Membership[]> {
    this.#checkOpen();
    const groups = this.#users.get(keyOf({ hub, userId }))?.values() ?? [];
    return pageOf(
      [...groups].filter((kept) => isGood(kept, now)),
      ({ group }) => group,
      after,
      limit,
    );
  }

  async members({ hub, group, after, limit }: MemberQuery, now: number): Promise<readonly Membership[]> {
    this.#checkOpen();
    const all = this.#all().filter((kept) => kept.hub === hub && kept.group === group && isGood(kept, now));
    return pageOf(all, ({ userId }) => userId, after, limit);
  }

  async claim(request: NewRequest, now: number): Promise<KeptRequest> {
    this.#checkOpen();
    return this.#requests.claim(request, now);
  }

  async answered(id: string, by: string, answer: string, until: number): Promise<void> {
    this.#checkOpen();
    this.#requests.answered(id, by, answer, until);
  }

  async release(id: string, by: string): Promise<void> {
    this.#checkOpen();
    this.#requests.release(id, by);
  }

  async expire(now: number, limit: number): Promise<boolean> {
    this.#checkOpen();
    const over = this.#all().filter((kept) => !isGood(kept, now));
    const oldest = over.sort((a, b) => (a.until ?? 0) - (b.until ?? 0)).slice(0, limit);
    for (const membership of oldest) this.#delete(membership);
    const areDone = this.#requests.expire(now, limit);
    return oldest.length < limit && areDone;
  }

  #all(): Membership[] {
    return [...this.#users.values()].flatMap((groups) => [...groups.values()]);
  }

  #delete(member: Member): void {
    const groups = this.#users.get(keyOf(member));
    groups?.delete(member.group);
    if (groups?.size === 0) this.#users.delete(keyOf(member));
  }

  #checkOpen(): void {
    if (!this.isOpen) throw new StorageError('closed', 'The storage is not open.');
  }
}

function isGood({ until }: Membership, now: number): boolean {
  return until === null || until > now;
}

/** The page behind `after`, in the order of what `nameOf` returns. */
function pageOf(
  memberships: readonly Membership[],
  nameOf: (membership: Membership) => string,
  after: string | undefined,
  limit: number | undefined,
): readonly Membership[] {
  return memberships
    .filter((membership) => after === undefined || compareTexts(nameOf(membership), after) > 0)
    .sort((a, b) => compareTexts(nameOf(a), nameOf(b)))
    .slice(0, pageLimit(limit, MEMBER_PAGE, MEMBER_PAGE))
    .map((membership) => ({ ...membership }));
}

function keyOf({ hub, userId }: Pick<Member, 'hub' | 'userId'>): string {
  return JSON.stringify([hub, userId]);
}
