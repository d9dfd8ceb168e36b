import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { SessionRecorder } from '../../src/storage/session-recorder.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { Child } from '../support/child.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { eventually } from '../support/inbox.ts';
import { closedSession, openedSession } from '../support/recorded-sessions.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A recorder over a real database that gets into trouble, while connections open and close. */
class Site {
  readonly folder = temporaryFolder();
  readonly path = join(this.folder, 'data', 'signalbox.db');
  readonly storage = new SqliteStorage(this.path);
  readonly log = new CollectedLog();
  readonly recorder: SessionRecorder;
  #count = 0;

  constructor() {
    this.recorder = new SessionRecorder({ ...ALONE, storage: this.storage, clock: systemClock, log: this.log });
    onTestFinished(() => this.recorder.close());
  }

  visit(count: number): void {
    for (let n = 0; n < count; n += 1) {
      const connectionId = `${this.#count}`;
      this.#count += 1;
      this.recorder.opened(openedSession(connectionId));
      this.recorder.closed(closedSession(connectionId));
    }
  }

  degraded(error: RegExp): Promise<void> {
    return eventually(() => error.test(this.recorder.status().trouble?.detail ?? ''));
  }

  async ready(): Promise<void> {
    await eventually(() => {
      const { state, queued } = this.recorder.status();
      return state === 'ready' && queued === 0;
    });
    const records = await this.storage.sessions.list({ open: false, limit: 100_000 });
    expect(new Set(records.map(({ connectionId }) => connectionId)).size).toBe(this.#count);
    expect(records).toHaveLength(this.#count);
    expect(this.recorder.status().dropped).toBe(0);
  }

  /** Locks the database as another program does. @returns a function that unlocks it. */
  async lock(): Promise<() => Promise<void>> {
    const holder = new Child(new URL('../support/lock-holder.ts', import.meta.url), this.path);
    await holder.stdout.first((line) => line === 'locked');
    return () => holder.stop();
  }
}

async function openSite(): Promise<Site> {
  const site = new Site();
  await site.recorder.start();
  site.visit(10);
  await site.ready();
  return site;
}

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
