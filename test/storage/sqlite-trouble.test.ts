import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { Child } from '../support/child.ts';
import { eventually } from '../support/inbox.ts';
import { RecordedSite } from '../support/recorded-site.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A database in a folder of its own, which sessions are recorded in. */
class Site extends RecordedSite<SqliteStorage> {
  readonly folder: string;

  constructor(folder = temporaryFolder()) {
    super(new SqliteStorage(join(folder, 'data', 'signalbox.db')));
    this.folder = folder;
  }

  /** Locks the database as another program does. @returns a function that unlocks it. */
  async lock(): Promise<() => Promise<void>> {
    const holder = new Child(new URL('../support/lock-holder.ts', import.meta.url), this.storage.path);
    await holder.stdout.first((line) => line === 'locked');
    return () => holder.stop();
  }
}

const openSite = (): Promise<Site> => new Site().open();

test('a database that another process has locked', async () => {
  const site = await openSite();
  const release = await site.lock();
  site.visit(2_000);
  await site.degraded(/locked by another process/);
  site.visit(1_000);
  await release();
  await site.ready();
});

test('a database that is locked while nobody comes or goes', async () => {
  const site = await openSite();
  const release = await site.lock();
  await site.degraded(/locked by another process/);
  await release();
  await site.ready();
});

test('a database that is locked at the start', async () => {
  const first = await openSite();
  await first.recorder.close();
  const site = new Site();
  renameSync(join(first.folder, 'data'), join(site.folder, 'data'));
  const release = await site.lock();
  await site.recorder.start();
  await site.degraded(/locked by another process/);
  await release();
  await eventually(() => site.recorder.status().state === 'ready');
  expect(await site.storage.sessions.list()).toHaveLength(10);
});

test('a disk that is full', async () => {
  const site = await openSite();
  await site.storage.pragma(`max_page_count = ${await site.storage.pragma('page_count')}`);
  site.visit(2_000);
  await site.degraded(/no space is left/);
  await site.storage.pragma('max_page_count = 4294967294');
  await site.ready();
});

test('a folder that is out of reach', async () => {
  const site = await openSite();
  const [data, elsewhere] = [join(site.folder, 'data'), join(site.folder, 'elsewhere')];
  renameSync(data, elsewhere);
  writeFileSync(data, 'in the way');
  site.visit(500);
  await site.degraded(/cannot be written to/);
  rmSync(data);
  renameSync(elsewhere, data);
  await site.ready();
});

test('a thread that dies', async () => {
  const site = await openSite();
  site.visit(500);
  await site.storage.crash();
  site.visit(500);
  await site.ready();
});

test('a database that stays locked until after the end: it is given up in time, and said', async () => {
  const site = await openSite();
  const release = await site.lock();
  site.visit(5);
  await site.recorder.close(300);
  expect(site.recorder.status()).toMatchObject({ queued: 0, dropped: 5 });
  expect(site.log.lines.at(-1)).toMatchObject({ level: 'error', text: 'session records could not be saved in time' });
  await release();
});
