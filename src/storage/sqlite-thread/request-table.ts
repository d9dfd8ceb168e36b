import type Database from 'better-sqlite3';
import type { KeptRequest, NewRequest } from '../membership-store.ts';

/** A request whose time is over is replaced. */
const CLAIM = `
  INSERT INTO requests (id, claimed_by, fingerprint, until) VALUES (@id, @by, @fingerprint, @until)
  ON CONFLICT (id) DO UPDATE SET claimed_by = excluded.claimed_by, fingerprint = excluded.fingerprint,
    until = excluded.until, answer = NULL
  WHERE until <= @now`;

const FIND = 'SELECT id, claimed_by AS "by", fingerprint, until, answer FROM requests WHERE id = ?';
const ANSWERED = 'UPDATE requests SET answer = @answer, until = @until WHERE id = @id AND claimed_by = @by';
const RELEASE = 'DELETE FROM requests WHERE id = @id AND claimed_by = @by AND answer IS NULL';

const EXPIRE = `DELETE FROM requests
  WHERE id IN (SELECT id FROM requests WHERE until <= @now ORDER BY until LIMIT @limit)`;

/** Statements on the table of requests in one open database. */
export class RequestTable {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  claim(request: NewRequest, now: number): KeptRequest {
    const claim = this.#database.transaction(() => {
      this.#database.prepare(CLAIM).run({ ...request, now });
      return this.#database.prepare<[string], KeptRequest>(FIND).get(request.id) as KeptRequest;
    });
    return claim.immediate();
  }

  answered(id: string, by: string, answer: string, until: number): void {
    this.#database.prepare(ANSWERED).run({ id, by, answer, until });
  }

  release(id: string, by: string): void {
    this.#database.prepare(RELEASE).run({ id, by });
  }

  /** To be called in a transaction. @returns the number of the requests. */
  expire(now: number, limit: number): number {
    return this.#database.prepare(EXPIRE).run({ now, limit }).changes;
  }
}
