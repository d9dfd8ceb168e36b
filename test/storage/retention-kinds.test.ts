import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { defer } from '../../src/promises.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { Retention } from '../../src/storage/retention/retention.ts';
import { resolveRetention } from '../../src/storage/retention/retention-option.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ALONE, ended, sessionRecord } from '../../src/testing/session-records.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { hasPostgres } from '../support/postgres.ts';
import { postgresSchemas } from '../support/postgres-schemas.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const DAY = 86_400_000;
const postgresUrl = postgresSchemas();

const KINDS: Readonly<Record<string, () => Required<Storage>>> = {
  memory: () => new MemoryStorage() as unknown as Required<Storage>,
  sqlite: () => new SqliteStorage(join(temporaryFolder(), 'signalbox.db')) as unknown as Required<Storage>,
  postgres: () => new PostgresStorage(postgresUrl()) as unknown as Required<Storage>,
};

/** Saves a row of each topic. */
async function fill(storage: Required<Storage>, id: string, at: number): Promise<void> {
  await storage.sessions.save([ended(sessionRecord(id), { disconnectedAt: at })]);
  await storage.messages.save([
    { id, conversation: 'room:a', authorId: null, author: 'ann', text: 'hello', sentAt: at, replyTo: null },
  ]);
  await storage.moderation.record({ id, at, by: 'ann', action: 'mute', user: 'bob', conversation: null, reason: null });
  await storage.tasks.create({ id, kind: 'task', taskType: null, ownerId: 'ann', createdAt: at }, id);
  await storage.memberships.add({ hub: '/hub', userId: 'ann', group: id, until: null }, at);
}

// Their stores check what they are asked, which stores in tests do not.
for (const [kind, make] of Object.entries(KINDS)) {
  describe.runIf(kind !== 'postgres' || hasPostgres)(`in a storage of the kind ${kind}`, () => {
    test('what is old goes, of every topic and by the clocks of this machine, and what is new stays', async () => {
      const storage = make();
      onTestFinished(() => storage.close());
      await storage.open(ALONE);
      const now = systemClock.wallNow();
      await fill(storage, 'old', now - 100 * DAY);
      await fill(storage, 'new', now - 6 * DAY);
      const log = new CollectedLog();
      // Memberships come last.
      const last = defer();
      const { sessions, messages, moderation, tasks, memberships } = storage;
      const expire = (...asked: Parameters<typeof memberships.expire>) => {
        const expired = memberships.expire(...asked);
        void expired.then(() => last.resolve(), last.reject);
        return expired;
      };
      const retention = new Retention({
        storage: { ...storage, sessions, messages, moderation, tasks, memberships: { ...memberships, expire } },
        retention: resolveRetention({}, true),
        clock: systemClock,
        log,
      });
      onTestFinished(() => retention.stop());
      retention.start();
      await last.promise;
      expect((await sessions.list()).map(({ id }) => id)).toEqual(['new']);
      expect((await messages.list({ conversation: 'room:a' }))?.messages.map(({ id }) => id)).toEqual(['new']);
      expect((await moderation.audit()).map(({ id }) => id)).toEqual(['new']);
      expect((await tasks.list({ ownerId: 'ann' })).map(({ id }) => id)).toEqual(['new']);
      expect(log.lines).toEqual([]);
    });
  });
}
