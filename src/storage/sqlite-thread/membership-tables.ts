import type Database from 'better-sqlite3';
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
import type { InThread } from '../sqlite/in-thread.ts';
import { RequestTable } from './request-table.ts';

const OF_USER = 'hub = @hub AND user_id = @userId';

const ADD = `
  INSERT INTO memberships (hub, user_id, group_name, until, number) VALUES (@hub, @userId, @group, @until,
    (SELECT coalesce(max(number), 0) + 1 FROM memberships WHERE ${OF_USER} AND until IS NULL))
  ON CONFLICT (hub, user_id, group_name) DO UPDATE SET until = excluded.until, number = excluded.number`;

/** Memberships of a user without an end beyond the `@limit` latest ones. */
const BEYOND = `SELECT group_name FROM memberships WHERE ${OF_USER} AND until IS NULL
  ORDER BY number DESC LIMIT -1 OFFSET @limit`;

const REMOVE = `DELETE FROM memberships WHERE ${OF_USER} AND group_name = @group`;
const REMOVE_ALL = `DELETE FROM memberships WHERE ${OF_USER}`;

const FIELDS = 'hub, user_id AS userId, group_name AS "group", until';
const IS_GOOD = '(until IS NULL OR until > @now)';

const FIND = `SELECT ${FIELDS} FROM memberships WHERE ${OF_USER} AND group_name = @group AND ${IS_GOOD}`;

const EXPIRE = `DELETE FROM memberships WHERE (hub, user_id, group_name) IN
  (SELECT hub, user_id, group_name FROM memberships WHERE until <= @now ORDER BY until LIMIT @limit)`;

/** Statements on the tables of users in groups, and of requests, in one open database. */
export class MembershipTables implements InThread<MembershipStore> {
  readonly #database: Database.Database;
  readonly #requests: RequestTable;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#requests = new RequestTable(database);
  }

  add(membership: Membership, limit: number): readonly string[] {
    const { hub, userId, until } = membership;
    const add = this.#database.transaction(() => {
      this.#database.prepare(ADD).run(membership);
      if (until !== null) return [];
      const beyond = this.#database.prepare<[object], string>(BEYOND).pluck().all({ hub, userId, limit });
      for (const group of beyond) this.remove({ hub, userId, group });
      return beyond.toReversed();
    });
    return add.immediate();
  }

  remove(member: Member): void {
    this.#database.prepare(REMOVE).run(member);
  }

  removeAll(hub: string, userId: string): void {
    this.#database.prepare(REMOVE_ALL).run({ hub, userId });
  }

  find(member: Member, now: number): Membership | undefined {
    return this.#database.prepare<[object], Membership>(FIND).get({ ...member, now });
  }

  groupsOf(query: GroupQuery, now: number): readonly Membership[] {
    return this.#page(OF_USER, 'group_name', query, now);
  }

  members(query: MemberQuery, now: number): readonly Membership[] {
    return this.#page('hub = @hub AND group_name = @group', 'user_id', query, now);
  }

  claim(request: NewRequest, now: number): KeptRequest {
    return this.#requests.claim(request, now);
  }

  answered(id: string, by: string, answer: string, until: number): void {
    this.#requests.answered(id, by, answer, until);
  }

  release(id: string, by: string): void {
    this.#requests.release(id, by);
  }

  expire(now: number, limit: number): boolean {
    const expire = this.#database.transaction(() => {
      const memberships = this.#database.prepare(EXPIRE).run({ now, limit }).changes;
      const requests = this.#requests.expire(now, limit);
      return memberships < limit && requests < limit;
    });
    return expire.immediate();
  }

  /** @param name The column by whose order the page is. */
  #page(where: string, name: string, query: GroupQuery | MemberQuery, now: number): readonly Membership[] {
    const rest = query.after === undefined ? '' : `AND ${name} > @after`;
    return this.#database
      .prepare<[object], Membership>(
        `SELECT ${FIELDS} FROM memberships WHERE ${where} AND ${IS_GOOD} ${rest} ORDER BY ${name} LIMIT @limit`,
      )
      .all({ ...query, now, limit: pageLimit(query.limit, MEMBER_PAGE, MEMBER_PAGE) });
  }
}
