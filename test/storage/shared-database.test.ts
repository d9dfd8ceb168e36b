// Several processes that write to one SQLite file, as fast as they can.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { ALONE, ended, sessionRecord } from '../../src/testing/session-records.ts';
import { Child } from '../support/child.ts';
import { ask, requestText } from '../support/raw-http.ts';
import type { SharingReport } from '../support/sharing-server.ts';
import { build, Standalone } from '../support/standalone.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Compiling takes a while on a busy machine.
beforeAll(build, 120_000);

const SERVERS = 4;
/** Lines of a server, each for some records. */
const LINES = 4;
/** More than a save has ever let go ahead, as docs/storage.md says it. */
const BOUND = 400;

test('four servers write without a pause: all are ready all the time, and every acknowledged record is there', async () => {
  const data = temporaryFolder();
  const path = join(data, 'signalbox.db');
  const file = new URL('../support/sharing-server.ts', import.meta.url);
  const servers = Array.from({ length: SERVERS }, (_, at) => new Child(file, path, `${at}`));
  const ports = await Promise.all(servers.map(async ({ stdout }) => Number((await stdout.until(1))[0])));

  const answers: string[] = [];
  let isOver = false;
  const asking = ports.map(async (port) => {
    while (!isOver) {
      const { status, body } = await ask(port, requestText('GET', '/readyz'));
      answers.push(`${status} ${body}`);
    }
  });
  // Other programs write, too, and one copies it all.
  const copy = join(data, 'copy.db');
  const commands = [
    ...['one', 'two'].map((name) => ['key', 'create', '--name', name]),
    ['db', 'backup', copy],
    ['db', 'check'],
  ].map((args) => new Standalone(...args, '--data', data));
  expect(await Promise.all(commands.map(({ exited }) => exited))).toEqual([0, 0, 0, 0]);
  await Promise.all(servers.map(({ stdout }) => stdout.until(1 + LINES)));
  isOver = true;
  await Promise.all(asking);
  await Promise.all(servers.map((server) => server.stop()));

  const reports = servers.map(({ stdout }): SharingReport => JSON.parse(stdout.all.at(-1) ?? ''));
  expect(answers.length).toBeGreaterThan(SERVERS);
  expect(new Set(answers)).toEqual(new Set(['200 {"ready":true,"problems":[]}\n']));
  expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
  const database = new Database(path);
  onTestFinished(() => void database.close());
  const ids = database.prepare('SELECT id FROM sessions ORDER BY id').pluck().all();
  expect(reports.flatMap(({ saved }) => saved).sort()).toEqual([...ids].sort());
  expect(database.prepare('SELECT count(*) FROM keys').pluck().get()).toBe(2);
  for (const { overtaken } of reports) expect(overtaken).toBeLessThan(BOUND);
  const copied = new Database(copy, { readonly: true });
  onTestFinished(() => void copied.close());
  expect(copied.pragma('integrity_check', { simple: true })).toBe('ok');
});

/** A storage, and another program that has its lock. */
async function lockedStorage() {
  const storage = new SqliteStorage(join(temporaryFolder(), 'signalbox.db'));
  onTestFinished(() => storage.close());
  await storage.open(ALONE);
  await storage.sessions.save([ended(sessionRecord('first'))]);
  const holder = new Child(new URL('../support/lock-holder.ts', import.meta.url), storage.path);
  await holder.stdout.first((line) => line === 'locked');
  return { storage, release: () => holder.stop() };
}

test('while another program has the lock, what reads is answered, and what writes waits in its order', async () => {
  const { storage, release } = await lockedStorage();
  const answers: string[] = [];
  const record = sessionRecord('a');
  const saves = [record, ended(record), ended(record, { closeReason: 'aborted' })].map((state) =>
    storage.sessions.save([state]).then(() => answers.push(`saved ${state.closeReason}`)),
  );
  expect(await storage.sessions.list()).toMatchObject([{ id: 'first' }]);
  expect(await storage.keys.find('unknown')).toBeUndefined();
  expect(answers).toEqual([]);
  await release();
  await Promise.all(saves);
  expect(answers).toEqual(['saved null', 'saved client-closed', 'saved aborted']);
  expect(await storage.sessions.list()).toMatchObject([{ id: 'first' }, { id: 'a', closeReason: 'aborted' }]);
});

test('a storage that is closed while a save waits for the lock finishes it', async () => {
  const { storage, release } = await lockedStorage();
  const saved = storage.sessions.save([sessionRecord('a')]);
  // What is asked after it is answered: it waits.
  await storage.sessions.list();
  const closed = storage.close();
  await release();
  await saved;
  await closed;
  await storage.open({ ...ALONE, isAlive: () => true });
  expect(await storage.sessions.list()).toHaveLength(2);
});

test('a storage that is closed while another program keeps the lock ends', async () => {
  const { storage, release } = await lockedStorage();
  const saved = storage.sessions.save([sessionRecord('a')]);
  await Promise.all([expect(saved).rejects.toMatchObject({ problem: 'locked' }), storage.close()]);
  await release();
});
