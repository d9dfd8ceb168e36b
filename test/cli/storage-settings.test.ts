// The setting `storage`: a password in it is never a flag, and no line shows it.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { check } from '../../src/cli/check.ts';
import { loadConfig } from '../../src/cli/config.ts';
import { explain } from '../../src/cli/explain.ts';
import { pgDump } from '../../src/cli/pg-dump.ts';
import { Settings } from '../../src/cli/settings.ts';
import { shownUrl, storageOf } from '../../src/cli/standalone-storage.ts';
import { holdsPassword } from '../../src/cli/storage-settings.ts';
import { Output } from '../../src/output/output.ts';
import { property } from '../support/property.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PASSWORD = 'canary-30d7';
const URL = `postgres://box:${PASSWORD}@db.example:6432/chat?schema=box`;
const OPEN_URL = 'postgres://box@db.example/chat';
const NO_FLAG =
  '--storage: a password is no flag, which other users of this machine could see: use SIGNALBOX_STORAGE, ' +
  'SIGNALBOX_STORAGE_FILE (the name of a file) or the settings file';

function file(content: string, mode = 0o600): string {
  const path = join(temporaryFolder(), 'file.yaml');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function problems(flags: Record<string, string>, environment: Record<string, string> = {}): readonly string[] {
  const config = loadConfig(flags, environment);
  return 'problems' in config ? config.problems : [];
}

function storage(flags: Record<string, string>, environment: Record<string, string> = {}): string | undefined {
  const config = loadConfig(flags, environment);
  return 'settings' in config ? config.settings.storage : config.problems.join('\n');
}

describe('a URL with a password', () => {
  test('is no flag, whatever the environment says', () => {
    expect(problems({ storage: URL })).toEqual([NO_FLAG]);
    expect(problems({ storage: URL }, { SIGNALBOX_STORAGE: OPEN_URL })).toEqual([NO_FLAG]);
  });

  test('comes from the environment, from a file that it names, or from the settings file', () => {
    expect(storage({}, { SIGNALBOX_STORAGE: URL })).toBe(URL);
    expect(storage({}, { SIGNALBOX_STORAGE_FILE: file(` ${URL}\n`) })).toBe(URL);
    expect(storage({ config: file(`storage: ${URL}`) })).toBe(URL);
  });

  test('is refused in a file that others may read, also in the settings file', () => {
    const config = file(`storage: ${URL}`, 0o644);
    expect(problems({ config })).toEqual([
      `${config}: storage is a secret, and other users may read it (mode 0644): chmod 600`,
    ]);
    expect(problems({ config: file(`storage: ${OPEN_URL}`, 0o644) })).toEqual([]);
    expect(problems({}, { SIGNALBOX_STORAGE_FILE: file(URL, 0o644) })).toEqual([
      expect.stringMatching(/^SIGNALBOX_STORAGE_FILE: .*: other users may read it \(mode 0644\): chmod 600$/),
    ]);
  });

  test.each([
    [URL],
    ['postgres://box@db.example/chat?password=canary-30d7'],
    ['postgresql://:canary-30d7@db.example/chat'],
    // Not encoded, so that it is no URL, or another one than it looks like.
    ['postgres://box:ca/nary-30d7@db.example/chat'],
    ['postgres://box:12/canary-30d7@db.example/chat'],
    ['postgres://box:12/canary-30d7#@db.example/chat'],
    ['postgres://box:canary-30d7%@db.example/chat'],
    ['mysql://box:canary-30d7@db.example/chat'],
    ['box:canary-30d7@db.example'],
    ['host=db.example password=canary-30d7'],
  ])('is known as such: %s', (url) => {
    expect(holdsPassword(url)).toBe(true);
  });

  test.each([['memory:'], ['sqlite:/srv/box@home:1/signalbox.db'], ['./data'], [OPEN_URL], ['postgres://db/chat']])(
    'is none without a password: %s',
    (url) => {
      expect(holdsPassword(url)).toBe(false);
    },
  );

  property(
    'is known as such, whatever the password is, and never shown',
    [fc.string({ minLength: 1, maxLength: 20 }), fc.string({ maxLength: 8 })],
    300,
    (password, user) => {
      const encoded = encodeURIComponent(password.toWellFormed());
      for (const word of [encoded, password]) {
        const url = `postgres://${encodeURIComponent(user.toWellFormed())}:${word}@db.example/chat`;
        expect(holdsPassword(url), url).toBe(true);
      }
      expect(shownUrl(`postgres://box:${encoded}@db.example/chat`)).toBe('postgres://db.example:5432/chat');
    },
  );
});

test.each([
  ['sqlite:', /^storage: got a text of 7 characters \(--storage\), expected memory: or sqlite:PATH or postgres:.*$/],
  ['sqlite::memory:', /, expected memory: or sqlite:PATH/],
  ['memory:x', /, expected memory: or sqlite:PATH/],
  ['data/signalbox.db', /, expected memory: or sqlite:PATH/],
  ['mysql://db.example/chat', /, expected memory: or sqlite:PATH/],
  ['sqlite:a\nb', /, expected a text without control characters$/],
  ['postgres://db.example', /, expected a URL of PostgreSQL: it must name a database, as in postgres:/],
  ['postgres://db.example/chat?sslmod=x', /, expected a URL of PostgreSQL: one of its parameters is nearly sslmode/],
])('%j is no storage', (url, line) => {
  expect(problems({ storage: url })).toEqual([expect.stringMatching(line)]);
});

describe('the storage of the settings', () => {
  const of = (settings: object) => storageOf(Settings.parse(settings));

  test('is by default a database in the data folder', () => {
    expect(of({})).toEqual({
      url: 'sqlite:data/signalbox.db',
      shown: 'data/signalbox.db',
      path: 'data/signalbox.db',
      folder: './data',
      flags: ' --data ./data',
    });
  });

  test('is another file, and its folder has to be there', () => {
    expect(of({ storage: 'sqlite:/srv/box/chat.db', data: './data' })).toEqual({
      url: 'sqlite:/srv/box/chat.db',
      shown: '/srv/box/chat.db',
      path: '/srv/box/chat.db',
      folder: '/srv/box',
      flags: ' --storage sqlite:/srv/box/chat.db',
    });
  });

  test('is PostgreSQL, of which host, port and database are shown', () => {
    const shown = 'postgres://db.example:6432/chat';
    expect(of({ storage: URL })).toEqual({ url: URL, shown, path: undefined, folder: undefined, flags: '' });
    expect(of({ storage: OPEN_URL }).flags).toBe(` --storage ${OPEN_URL}`);
    expect(of({ storage: 'memory:' })).toMatchObject({
      shown: 'memory:',
      path: undefined,
      flags: ' --storage memory:',
    });
  });
});

test('a folder that cannot be made is named with the flag that it came from', () => {
  const error = Object.assign(new Error('x'), { code: 'EACCES', syscall: 'mkdir', path: '/srv/box' });
  expect(explain(error, Settings.parse({ data: '/srv/box' }))).toBe(
    'the data folder /srv/box cannot be made: it may not be made by this user. Choose another with --data.',
  );
  expect(explain(error, Settings.parse({ storage: 'sqlite:/srv/box/a/chat.db' }))).toBe(
    'the folder of the database /srv/box/a cannot be made: /srv/box may not be made by this user. Choose another with --storage.',
  );
});

test('a check shows host, port and database, and no password', async () => {
  const lines: string[] = [];
  const spy = vi.spyOn(Output.prototype, 'write').mockImplementation((line) => void lines.push(line.trimEnd()));
  // Nobody answers at this port: that is no reason not to start.
  const url = `postgres://box:${PASSWORD}@127.0.0.1:9/chat`;
  const isFine = await check(loadConfig({ port: '0' }, { SIGNALBOX_STORAGE: url }));
  spy.mockRestore();
  expect(isFine).toBe(true);
  expect(lines).toContain('  storage: "postgres://127.0.0.1:9/chat"');
  expect(lines.join('\n')).not.toContain(PASSWORD);
});

test('the command that copies PostgreSQL has no password, and can be given to a shell', () => {
  expect(pgDump(URL, 'backup.dump')).toBe(
    'pg_dump --host=db.example --port=6432 --username=box --dbname=chat --schema=box --format=custom --file=backup.dump',
  );
  expect(pgDump('postgres:///my%20chat?host=/var/run/postgresql', "Ann's $HOME.dump")).toBe(
    "pg_dump --host=/var/run/postgresql --port=5432 --dbname='my chat' --schema=signalbox --format=custom " +
      "--file='Ann'\\''s $HOME.dump'",
  );
});
