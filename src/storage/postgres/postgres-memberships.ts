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
import { expireRows } from './old-rows.ts';
import { PostgresRequests } from './postgres-requests.ts';
import type { Transact, Transaction } from './transaction.ts';

const FIELDS = 'hub, user_id AS "userId", group_name AS "group", until';

interface Numbered {
  readonly group: string;
  readonly number: number;
}

/** Users in groups, and requests that are done once, in PostgreSQL. */
export class PostgresMemberships implements MembershipStore {
  readonly #transact: Transact;
  readonly #table: string;
  readonly #requests: PostgresRequests;

  constructor(transact: Transact, schema: string) {
    this.#transact = transact;
    this.#table = `${schema}.memberships`;
    this.#requests = new PostgresRequests(schema);
  }

  async add({ hub, userId, group, until }: Membership, limit: number): Promise<readonly string[]> {
    const beyond = await this.#transact(async (transaction) => {
      if (until === null) await this.#lock(transaction, hub, userId);
      await transaction.run(
        `INSERT INTO ${this.#table} (hub, user_id, group_name, until) VALUES ($1, $2, $3, $4)
         ON CONFLICT (hub, user_id, group_name) DO UPDATE SET until = excluded.until, number = excluded.number`,
        [hub, userId, group, until],
      );
      return until === null ? this.#beyond(transaction, hub, userId, limit) : [];
    });
    return beyond.length === 0 ? [] : this.#removeOld(hub, userId, beyond);
  }

  async remove({ hub, userId, group }: Member): Promise<void> {
    await this.#transact((transaction) =>
      transaction.run(`DELETE FROM ${this.#table} WHERE hub = $1 AND user_id = $2 AND group_name = $3`, [
        hub,
        userId,
        group,
      ]),
    );
  }

  async removeAll(hub: string, userId: string): Promise<void> {
    await this.#transact(async (transaction) => {
      await this.#lock(transaction, hub, userId);
      await transaction.run(`DELETE FROM ${this.#table} WHERE hub = $1 AND user_id = $2`, [hub, userId]);
    });
  }

  async find({ hub, userId, group }: Member, now: number): Promise<Membership | undefined> {
    const [row] = await this.#transact((transaction) =>
      transaction.query<Membership>(
        `SELECT ${FIELDS} FROM ${this.#table} WHERE hub = $1 AND user_id = $2 AND group_name = $3
           AND (until IS NULL OR until > $4)`,
        [hub, userId, group, now],
      ),
    );
    return row;
  }

  groupsOf({ hub, userId, ...page }: GroupQuery, now: number): Promise<readonly Membership[]> {
    return this.#page('user_id', 'group_name', [hub, userId, now], page);
  }

  members({ hub, group, ...page }: MemberQuery, now: number): Promise<readonly Membership[]> {
    return this.#page('group_name', 'user_id', [hub, group, now], page);
  }

  claim(request: NewRequest, now: number): Promise<KeptRequest> {
    return this.#transact((transaction) => this.#requests.claim(transaction, request, now));
  }

  answered(id: string, by: string, answer: string, until: number): Promise<void> {
    return this.#transact((transaction) => this.#requests.answered(transaction, id, by, answer, until));
  }

  release(id: string, by: string): Promise<void> {
    return this.#transact((transaction) => this.#requests.release(transaction, id, by));
  }

  expire(now: number, limit: number): Promise<boolean> {
    return this.#transact(async (transaction) => {
      const memberships = await expireRows(transaction, this.#table, now, limit);
      const requests = await this.#requests.expire(transaction, now, limit);
      return memberships < limit && requests < limit;
    });
  }

  /**
   * @param of The column with the second value.
   * @param name The column by whose order the page is.
   */
  #page(
    of: string,
    name: string,
    values: readonly unknown[],
    { after, limit }: Pick<GroupQuery, 'after' | 'limit'>,
  ): Promise<readonly Membership[]> {
    const rest = after === undefined ? '' : `AND ${name} > $5`;
    const most = pageLimit(limit, MEMBER_PAGE, MEMBER_PAGE);
    return this.#transact((transaction) =>
      transaction.query<Membership>(
        `SELECT ${FIELDS} FROM ${this.#table} WHERE hub = $1 AND ${of} = $2 AND (until IS NULL OR until > $3) ${rest}
         ORDER BY ${name} LIMIT $4`,
        [...values, most, ...(after === undefined ? [] : [after])],
      ),
    );
  }

  /** Memberships of a user without an end beyond the latest ones, the oldest first. */
  async #beyond(transaction: Transaction, hub: string, userId: string, limit: number): Promise<readonly Numbered[]> {
    const rows = await transaction.query<Numbered>(
      `SELECT group_name AS "group", number FROM ${this.#table} WHERE hub = $1 AND user_id = $2 AND until IS NULL
       ORDER BY number DESC OFFSET $3`,
      [hub, userId, limit],
    );
    return rows.toReversed();
  }

  /**
   * Deletes memberships that `#beyond` has found, in a transaction of its own: when one of the two transactions is
   * repeated, the groups are the same ones.
   *
   * @returns their groups, without those that the user was put into again since.
   */
  #removeOld(hub: string, userId: string, old: readonly Numbered[]): Promise<readonly string[]> {
    const [groups, last] = [old.map(({ group }) => group), old.at(-1)?.number];
    const where = 'hub = $1 AND user_id = $2 AND group_name = ANY ($3)';
    return this.#transact(async (transaction) => {
      await this.#lock(transaction, hub, userId);
      await transaction.run(`DELETE FROM ${this.#table} WHERE ${where} AND until IS NULL AND number <= $4`, [
        hub,
        userId,
        groups,
        last,
      ]);
      const rows = await transaction.query<Pick<Numbered, 'group'>>(
        `SELECT group_name AS "group" FROM ${this.#table} WHERE ${where}`,
        [hub, userId, groups],
      );
      const there = new Set(rows.map(({ group }) => group));
      return groups.filter((group) => !there.has(group));
    });
  }

  /**
   * Makes others who change several memberships of this user wait until the end of the transaction: two at once would
   * not see each other's membership when they count, or would wait for each other's rows for ever.
   */
  async #lock(transaction: Transaction, hub: string, userId: string): Promise<void> {
    const what = JSON.stringify([this.#table, hub, userId]);
    await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [what]);
  }
}
