import type { Clock } from '../../clock.ts';
import {
  type AuditEntry,
  type AuditQuery,
  type HeldMessage,
  MODERATION_PAGE,
  type ModerationStore,
  type Sanction,
  type SanctionChange,
  type SanctionKind,
  type SanctionQuery,
  type SlowMode,
  STAYS_MS,
} from '../moderation-store.ts';
import type { Kept } from '../retained.ts';
import { PostgresAudit } from './postgres-audit.ts';
import { PostgresHeld } from './postgres-held.ts';
import { PostgresSanctions } from './postgres-sanctions.ts';
import type { Transact } from './transaction.ts';

/** What moderators decide, in PostgreSQL. What it is given has been checked: see `MODERATION_ARGUMENTS`. */
export class PostgresModeration implements ModerationStore {
  readonly #transact: Transact;
  readonly #slowModes: string;
  readonly #sanctions: PostgresSanctions;
  readonly #held: PostgresHeld;
  readonly #audit: PostgresAudit;

  /**
   * @param schema Name of the schema, quoted.
   * @param clock Tells when a sanction changes.
   */
  constructor(transact: Transact, schema: string, clock: Pick<Clock, 'wallNow'>) {
    this.#transact = transact;
    this.#slowModes = `${schema}.slow_modes`;
    this.#sanctions = new PostgresSanctions(this.#transact, schema, clock);
    this.#held = new PostgresHeld(this.#transact, schema);
    this.#audit = new PostgresAudit(this.#transact, schema);
  }

  impose(sanction: Sanction): Promise<void> {
    return this.#sanctions.impose(sanction);
  }

  lift(kind: SanctionKind, user: string, at: number): Promise<void> {
    return this.#sanctions.lift({ kind, user }, at);
  }

  sanctions(now: number, query: SanctionQuery = {}): Promise<readonly Sanction[]> {
    return this.#sanctions.sanctions(now, query);
  }

  changesSince(changedAt: number): Promise<readonly SanctionChange[]> {
    return this.#sanctions.changesSince(changedAt);
  }

  setSlowMode(conversation: string, seconds: number): Promise<void> {
    return this.#transact(async (transaction) => {
      if (seconds === 0) {
        await transaction.run(`DELETE FROM ${this.#slowModes} WHERE conversation = $1`, [conversation]);
        return;
      }
      await transaction.run(
        `INSERT INTO ${this.#slowModes} (conversation, seconds) VALUES ($1, $2)
         ON CONFLICT (conversation) DO UPDATE SET seconds = excluded.seconds`,
        [conversation, seconds],
      );
    });
  }

  slowModes(after?: string): Promise<readonly SlowMode[]> {
    return this.#transact((transaction) =>
      transaction.query<SlowMode>(
        `SELECT conversation, seconds FROM ${this.#slowModes} WHERE $1::text IS NULL OR conversation > $1
         ORDER BY conversation LIMIT ${MODERATION_PAGE}`,
        [after ?? null],
      ),
    );
  }

  hold(message: HeldMessage): Promise<void> {
    return this.#held.hold(message);
  }

  held(): Promise<readonly HeldMessage[]> {
    return this.#held.held();
  }

  claimHeld(id: string, by: string, at: number): Promise<HeldMessage | undefined> {
    return this.#held.claim(id, by, at);
  }

  record(entry: AuditEntry): Promise<void> {
    return this.#audit.record(entry);
  }

  audit(query: AuditQuery = {}): Promise<readonly AuditEntry[]> {
    return this.#audit.audit(query);
  }

  prune(kept: Kept, limit: number): Promise<number> {
    return this.#audit.prune(kept, limit);
  }

  async expire(now: number, limit: number): Promise<boolean> {
    const isDone = [
      await this.#sanctions.expire(now - STAYS_MS, limit),
      await this.#held.expire(now - STAYS_MS, limit),
    ];
    return !isDone.includes(false);
  }
}
