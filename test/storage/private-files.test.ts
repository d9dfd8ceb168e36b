// Only the user that the server runs as may read the records. The tests check modes, since root may read any file.
import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { SessionRecorder } from '../../src/storage/recording/session-recorder.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

function withUmask(mask: number): void {
  const before = process.umask(mask);
  onTestFinished(() => void process.umask(before));
}

async function opened(path: string) {
  const storage = new SqliteStorage(path);
  onTestFinished(() => storage.close());
  const { warnings } = await storage.open(ALONE);
  await storage.sessions.save([]);
  return { storage, warnings };
}

describe.each(['000', '022', '777'])('with the umask %s', (mask) => {
  test('the files that are made are 0600, and the folders 0700', async () => {
    const folder = temporaryFolder();
    withUmask(Number.parseInt(mask, 8));
    const path = join(folder, 'a', 'b', 'signalbox.db');
    const { warnings } = await opened(path);
    expect(warnings).toBeUndefined();
    expect(['a', 'a/b'].map((name) => modeOf(join(folder, name)))).toEqual(['700', '700']);
    expect(['', '-wal', '-shm'].map((end) => modeOf(path + end))).toEqual(['600', '600', '600']);
  });

  test('so is a file that is made anew because it was taken away, and one to which a link leads', async () => {
    const folder = temporaryFolder();
    withUmask(Number.parseInt(mask, 8));
    const path = join(folder, 'link.db');
    symlinkSync(join(folder, 'target.db'), path);
    const { storage } = await opened(path);
    expect(modeOf(join(folder, 'target.db'))).toBe('600');
    for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `target.db${end}`), { force: true });
    await expect(storage.sessions.save([])).rejects.toThrow('was taken away');
    await storage.sessions.save([]);
    expect(modeOf(join(folder, 'target.db'))).toBe('600');
  });
});

describe('what is there already', () => {
  test('stays as it is, and is a line in the log at the start, for the folder and for the file', async () => {
    const folder = join(temporaryFolder(), 'data');
    const path = join(folder, 'signalbox.db');
    await (await opened(path)).storage.close();
    chmodSync(folder, 0o755);
    chmodSync(path, 0o640);
    const log = new CollectedLog();
    const recorder = new SessionRecorder({ ...ALONE, storage: new SqliteStorage(path), clock: systemClock, log });
    await recorder.start();
    await recorder.close();
    expect([modeOf(folder), modeOf(path)]).toEqual(['755', '640']);
    expect(log.lines).toEqual([
      {
        level: 'warn',
        error: undefined,
        text: 'a warning of the storage',
        data: { warning: `${folder} is not for this user alone (mode 0755). It stays so: use chmod.` },
      },
      {
        level: 'warn',
        error: undefined,
        text: 'a warning of the storage',
        data: { warning: `${path} is not for this user alone (mode 0640). It stays so: use chmod.` },
      },
    ]);
  });

  test('is no line when it is for this user alone', async () => {
    const folder = join(temporaryFolder(), 'data');
    mkdirSync(folder, { mode: 0o700 });
    const path = join(folder, 'signalbox.db');
    writeFileSync(path, '', { mode: 0o600 });
    expect((await opened(path)).warnings).toBeUndefined();
  });
});
