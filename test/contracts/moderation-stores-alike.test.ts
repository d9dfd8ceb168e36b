import fc from 'fast-check';
import { afterAll, beforeAll } from 'vitest';
import { MemoryStorage } from '../../src/storage/memory.ts';
import {
  type AuditEntry,
  type HeldMessage,
  type ModerationStore,
  type Sanction,
  type SanctionChange,
  type SlowMode,
  STAYS_MS,
} from '../../src/storage/moderation-store.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { UNUSUAL_TEXTS } from '../../src/testing/unusual-texts.ts';
import { alike, type Call } from '../support/alike.ts';
import { hasPostgres } from '../support/postgres.ts';
import { postgresSchemas } from '../support/postgres-schemas.ts';
import { property } from '../support/property.ts';
import { SqliteNodes } from '../support/sqlite-nodes.ts';

const postgresUrl = postgresSchemas();
const clock = new SimulatedClock();
const memory = new MemoryStorage(undefined, clock);
const sqlite = new SqliteNodes(1, [], clock);
/** The memory is the model. */
const stores: ModerationStore[] = [memory.moderation, ...sqlite.storages.map(({ moderation }) => moderation)];

let postgres: PostgresStorage | undefined;

beforeAll(async () => {
  await memory.open(ALONE);
  if (!hasPostgres) return;
  postgres = new PostgresStorage(postgresUrl(), clock);
  await postgres.open(ALONE);
  stores.push(postgres.moderation);
});
afterAll(() => postgres?.close());

/** After every moment of a case. */
const END = 1_000;

const kind = fc.constantFrom('ban', 'mute');
const user = fc.constantFrom('ann', '\ufffd', '\u{1f600}', '\0');
const id = fc.constantFrom('a', 'b', '\ufffd', '\u{1f600}', '\ud800');
const text = fc.oneof(fc.constantFrom(...UNUSUAL_TEXTS), fc.string({ unit: 'binary', maxLength: 5 }));
const orNull = fc.option(text);
const at = fc.nat(8);
const limit = fc.nat(3);
const atLeast = { requiredKeys: [] };

const sanction = fc.record({ kind, user, at, until: fc.option(at), reason: orNull, by: text });
const sanctionQuery = fc.record({ kind, user, after: fc.record({ kind, user }), limit }, atLeast);
const author = { authorId: orNull, author: text };
const held = fc.record({ id, heldAt: at, ...author, conversation: text, text, replyTo: fc.option(id) });
const entry = fc.record({
  id,
  at,
  by: text,
  action: text,
  user: fc.option(user),
  conversation: orNull,
  reason: orNull,
});
const auditQuery = fc.record({ user, before: fc.record({ at, id }), limit }, atLeast);
const kept = fc.record({ since: at, count: fc.nat(6) }, atLeast);

/** Some calls are made more often than others. */
const call = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('impose'), sanction) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('lift'), kind, user, at) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('sanctions'), at, sanctionQuery) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('setSlowMode'), id, fc.nat(2)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('slowModes'), id) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('hold'), held) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('held')) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('claimHeld'), id, fc.constantFrom('x', 'y'), at) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('record'), entry) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('audit'), auditQuery) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('prune'), kept, fc.integer({ min: 1, max: 3 })) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant('expire'),
      at.map((now) => now + STAYS_MS),
      fc.constant(100),
    ),
  },
) as fc.Arbitrary<Call<ModerationStore>>;
/** By so much the wall clock of all stores is set forward, or back, before a call. */
const stepMs = fc.integer({ min: -5, max: 5 });

property(
  'stores of moderation of all kinds give the same answers',
  [fc.array(fc.tuple(stepMs, call), { minLength: 20, maxLength: 60, size: 'max' })],
  {
    runs: 80,
    sometimes: ['in force', 'lifted', 'claimed', 'claimed by another one', 'in the trail', 'some were pruned'],
  },
  async (calls, reached) => {
    for (const [ms, each] of calls) {
      clock.stepWall(ms);
      const [method] = each;
      const outcome = await alike(stores, each);
      reached('in force', method === 'sanctions' && (outcome as Sanction[]).length > 0);
      reached('claimed', method === 'claimHeld' && outcome !== undefined);
      reached('claimed by another one', method === 'claimHeld' && outcome === undefined);
      reached('in the trail', method === 'audit' && (outcome as AuditEntry[]).length > 0);
      reached('some were pruned', method === 'prune' && outcome !== 0);
    }
    const changes = (await alike(stores, ['changesSince', 0])) as SanctionChange[];
    reached(
      'lifted',
      changes.some(({ liftedAt }) => liftedAt !== null),
    );
    for (const { changedAt } of changes) await alike(stores, ['changesSince', changedAt]);
    await empty(changes);
  },
);

/** Deletes everything, so that the next case begins with nothing but the moment of the last change. */
async function empty(changes: readonly SanctionChange[]): Promise<void> {
  for (const place of changes) await alike(stores, ['lift', place.kind, place.user, END]);
  const slow = (await alike(stores, ['slowModes'])) as SlowMode[];
  for (const { conversation } of slow) await alike(stores, ['setSlowMode', conversation, 0]);
  const waiting = (await alike(stores, ['held'])) as HeldMessage[];
  for (const message of waiting) await alike(stores, ['claimHeld', message.id, 'end', END]);
  await alike(stores, ['expire', END + STAYS_MS, 1_000]);
  await alike(stores, ['prune', { count: 0 }, 1_000]);
}
