import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createChatHub } from '../../src/hubs/chat.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { connect } from '../support/clients.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { expectComplete } from '../support/complete-records.ts';
import { eventually } from '../support/inbox.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startServer } from '../support/test-server.ts';

/** More than the free space of a page or two of the database. */
const VISITS = 100;

/** The exact body of /readyz. */
const bodyWith = (text: string) =>
  `${JSON.stringify({ ready: false, problems: [{ part: 'storage', text, severity: 'unready' }] })}\n`;

/** A server over a real database that a test can break, and a client that keeps calling. */
async function createSite() {
  const data = join(temporaryFolder(), 'data');
  mkdirSync(data);
  const storage = new SqliteStorage(join(data, 'signalbox.db'));
  const collected = new CollectedLog();
  const { server, port, url } = await startServer({ '/chat': createChatHub() }, { storage, logger: collected });
  const talker = await connect(url('/chat'));
  const readiness = () => ask(port, requestText('GET', '/readyz'));
  const log = () => collected.lines;

  return {
    data,
    storage,
    readiness,
    log,
    problems: () => server.problems(),
    async visit() {
      for (let visit = 0; visit < VISITS; visit++) await (await connect(url('/chat'))).stop();
      await eventually(() => server.supervisor.size === 1);
    },
    isDegraded: () => eventually(() => server.problems().some(({ part }) => part === 'storage')),
    /** Checks that calls are answered in order. */
    async talk() {
      const answers: number[] = [];
      for (let call = 0; call < 200; call++) {
        talker.invoke('SendMessage', `${call}`).then(() => answers.push(call));
      }
      await talker.invoke('GetStats');
      expect(answers).toEqual(Array.from({ length: 200 }, (_, at) => at));
    },
    async isComplete() {
      await eventually(() => server.problems().length === 0);
      await talker.stop();
      await eventually(() => server.supervisor.size === 0);
      await server.close();
      await expectComplete(storage, VISITS + 1);
    },
  };
}

describe('live traffic goes on, readiness says what is wrong, and every record is there afterwards', () => {
  test('when the disk is full for a while', async () => {
    const site = await createSite();
    await site.storage.pragma(`max_page_count = ${await site.storage.pragma('page_count')}`);
    await site.visit();
    await site.isDegraded();
    await site.talk();
    expect(await site.readiness()).toMatchObject({ status: 503, body: bodyWith('It cannot grow: no space is left.') });
    await site.storage.pragma('max_page_count = 4294967294');
    await site.isComplete();
  });

  test('when the data folder cannot be written for a while', async () => {
    const site = await createSite();
    const elsewhere = `${site.data}-elsewhere`;
    renameSync(site.data, elsewhere);
    writeFileSync(site.data, 'in the way');
    await site.visit();
    await site.isDegraded();
    await site.talk();
    // The public answer contains no path; the output of the program and the log do.
    expect(await site.readiness()).toMatchObject({ status: 503, body: bodyWith('It cannot be written to.') });
    expect(site.problems()).toMatchObject([{ part: 'storage', detail: expect.stringContaining(site.data) }]);
    expect(site.log()).toContainEqual(expect.objectContaining({ error: expect.stringContaining(site.data) }));
    rmSync(site.data);
    renameSync(elsewhere, site.data);
    await site.isComplete();
  });

  test('when its -wal is deleted while another program reads the database', async () => {
    const site = await createSite();
    const reader = new Database(join(site.data, 'signalbox.db'));
    onTestFinished(() => void reader.close());
    reader.exec('BEGIN; SELECT count(*) FROM sessions');
    rmSync(join(site.data, 'signalbox.db-wal'));
    await site.visit();
    await site.isDegraded();
    await site.talk();
    const text = 'It was taken away or replaced while in use.';
    expect(await site.readiness()).toMatchObject({ status: 503, body: bodyWith(text) });
    expect(site.problems()).toMatchObject([{ detail: expect.stringContaining('signalbox.db-wal was taken away') }]);
    reader.exec('COMMIT');
    await site.isComplete();
    expect(site.log()).toContainEqual(expect.objectContaining({ text: 'session records are saved again' }));
  });
});
