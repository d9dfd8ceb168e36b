// `check` and `serve` agree: what one of them refuses, the other refuses with the same words.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { rehearse } from '../../src/cli/rehearsal.ts';
import { Settings } from '../../src/cli/settings.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { freePort } from '../support/free-port.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FINE = { notes: [] };

const rehearsed = (settings: object) => rehearse(Settings.parse({ port: 0, data: temporaryFolder(), ...settings }));

function fileIn(folder: string): string {
  const path = join(folder, 'file');
  writeFileSync(path, '');
  return path;
}

describe('a check', () => {
  test('finds nothing wrong, and leaves nothing behind', async () => {
    const folder = temporaryFolder();
    expect(await rehearsed({ data: join(folder, 'a', 'b') })).toEqual(FINE);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['a file', (folder: string) => fileIn(folder), 'it is a file, or something else that is no folder'],
    [
      'below a file',
      (folder: string) => join(fileIn(folder), 'data'),
      'file is a file, or something else that is no folder',
    ],
    ['a device', () => '/dev/null', 'it is a file, or something else that is no folder'],
    ['in /proc', () => '/proc/x', 'it is in a place where the system has no new folders'],
    ['below something in /proc', () => '/proc/x/y', '/proc/x is in a place where the system has no new folders'],
    ['a name that is too long', (folder: string) => join(folder, 'made', 'x'.repeat(300)), 'it has too long a name'],
  ])('refuses a data folder that is %s', async (_what, dataIn, fault) => {
    const folder = temporaryFolder();
    const data = dataIn(folder);
    const { problem } = await rehearsed({ data });
    expect(problem).toMatch(
      new RegExp(`^the data folder ${data} cannot be made: .*\\. Choose another with --data\\.$`),
    );
    expect(problem).toContain(fault);
    expect(existsSync(join(folder, 'made'))).toBe(false);
  });

  test.each([
    ['no database', (path: string) => writeFileSync(path, 'x'.repeat(5_000)), 'is no SQLite database'],
    ['a folder', (path: string) => mkdirSync(path), 'is no regular file'],
    ['a pipe, without waiting for a writer', (path: string) => execFileSync('mkfifo', [path]), 'is no regular file'],
    ['a device', (path: string) => symlinkSync('/dev/null', path), 'is no regular file'],
    ['a link to a missing folder', (path: string) => symlinkSync('/nowhere/db', path), 'cannot be written to'],
    ['beside a log that is a folder', (path: string) => mkdirSync(`${path}-wal`), 'signalbox.db-wal is no regular'],
    ['beside an index that is a link', (path: string) => symlinkSync('x', `${path}-shm`), 'signalbox.db-shm is no'],
    ['of another program', (path: string) => new Database(path).exec('CREATE TABLE x (a)').close(), 'another program'],
    ['too new', (path: string) => void new Database(path).pragma('user_version = 99'), 'a newer version has used it'],
  ])('refuses a database that is %s, as the server does', async (_what, make, fault) => {
    const data = temporaryFolder();
    const path = join(data, 'signalbox.db');
    make(path);
    const before = readdirSync(data);
    const { problem } = await rehearsed({ data });
    expect(problem).toContain(fault);
    expect(readdirSync(data)).toEqual(before);
    const storage = new SqliteStorage(path);
    // Node and SQLite have different codes for one fault.
    await expect(storage.open(ALONE)).rejects.toThrow(problem?.replace(/ \([A-Z_]+\)\.$/, ''));
    await storage.close();
  });

  test('refuses a folder in which no file can be made, whatever its rights say, as the server does', async () => {
    const { problem } = await rehearsed({ data: '/proc/self' });
    expect(problem).toContain('/proc/self/signalbox.db cannot be written to');
    await expect(new SqliteStorage('/proc/self/signalbox.db').open(ALONE)).rejects.toThrow('cannot be written to');
  });

  test('refuses a path that is too long for SQLite, as the server does', async () => {
    const folder = temporaryFolder();
    const longest = join(
      folder,
      'x'.repeat(200),
      'y'.repeat(200),
      'z'.repeat(504 - 403 - '/signalbox.db'.length - folder.length),
    );
    expect(await rehearsed({ data: longest })).toEqual(FINE);
    const path = join(`${longest}z`, 'signalbox.db');
    const { problem } = await rehearsed({ data: `${longest}z` });
    expect(problem).toBe(`${path} is too long a path for SQLite: 504 bytes at most.`);
    await expect(new SqliteStorage(path).open(ALONE)).rejects.toThrow(problem);
    const storage = new SqliteStorage(join(longest, 'signalbox.db'));
    await storage.open(ALONE);
    await storage.close();
  });

  test('takes a database of ours, of any age, also while a server has it open, and one that is locked', async () => {
    const data = temporaryFolder();
    const path = join(data, 'signalbox.db');
    const storage = new SqliteStorage(path);
    await storage.open(ALONE);
    expect(await rehearsed({ data })).toEqual(FINE);
    await storage.close();
    expect(await rehearsed({ data })).toEqual(FINE);
    const other = new Database(path);
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    expect(await rehearsed({ data })).toEqual(FINE);
    other.close();
  });

  test('refuses a host that is none of this machine', async () => {
    const problem = (host: string) => `${host} is no address of this machine. Choose another with --host.`;
    // 192.0.2.0/24 is reserved for documentation (RFC 5737), .invalid for names that there are not (RFC 6761). fe80::1
    // is an address of a link, and does not say which one.
    for (const host of ['192.0.2.1', 'no-such-host.invalid', 'fe80::1'])
      expect(await rehearsed({ host, 'auth.anonymous': 'always' })).toEqual({ problem: problem(host), notes: [] });
  });

  test('notes a port that is taken: the server may be running', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    expect(await rehearsed({ port })).toEqual({
      notes: [expect.stringMatching(new RegExp(`^Port ${port} of 127.0.0.1 is taken now\\. `))],
    });
  });

  test('takes the addresses that the server takes', async () => {
    for (const host of ['localhost', '0.0.0.0', '[::1]', '::1'])
      expect(await rehearsed({ host, 'auth.anonymous': 'always' }), host).toEqual(FINE);
  });

  test('does not keep the port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await new Promise((resolve) => other.close(resolve));
    expect(await rehearsed({ port })).toEqual(FINE);
    expect(await rehearsed({ port })).toEqual(FINE);
  });
});

test('a check notes a backplane that is away, and looks on', async () => {
  const port = await freePort();
  const away =
    `Redis at 127.0.0.1:${port} cannot be reached: check that it runs, and that this machine may connect to it ` +
    '(ECONNREFUSED). A server starts without it, and is alone until it comes.';
  expect(await rehearsed({ backplane: `redis://127.0.0.1:${port}` })).toEqual({ notes: [away] });
  const { problem } = await rehearsed({ backplane: `redis://127.0.0.1:${port}`, host: 'no-such-host.invalid' });
  expect(problem).toContain('Choose another with --host.');
});

describe.runIf(hasRedis)('a check of a Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
    await redis.command('ACL', 'SETUSER', 'box', 'on', '>right', '~box:*', '&box:*', '+@all');
  });
  afterAll(() => redis.stop());

  const at = (login: string) => `redis://${login}127.0.0.1:${redis.port}`;

  test('finds nothing wrong, and no server notices it', async () => {
    expect(await rehearsed({ backplane: at('box:right@'), backplanePrefix: 'box' })).toEqual(FINE);
    expect(await redis.command('KEYS', '*')).toEqual([]);
  });

  test('names the setting when Redis refuses it', async () => {
    const wrong = await rehearsed({ backplane: at('box:canary-30d7@'), backplanePrefix: 'box' });
    expect(wrong).toEqual({
      problem: `backplane: Redis at 127.0.0.1:${redis.port} does not let this server in: check user and password of the URL (WRONGPASS).`,
      notes: [],
    });
    // The rights are those of another prefix.
    const { problem } = await rehearsed({ backplane: at('box:right@') });
    expect(problem).toMatch(/^backplane: Redis at .* does not allow the user of the URL what is needed: /);
  });
});
