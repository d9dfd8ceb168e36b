// The settings of the backplane: a password in its URL is never a flag, and no line shows it.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { BackplaneError } from '../../src/backplane/backplane.ts';
import { resolveCluster } from '../../src/backplane/cluster-options.ts';
import { backplaneHoldsPassword } from '../../src/cli/backplane-settings.ts';
import { check } from '../../src/cli/check.ts';
import { loadConfig } from '../../src/cli/config.ts';
import { explain } from '../../src/cli/explain.ts';
import { Settings } from '../../src/cli/settings.ts';
import { backplaneOf, shownBackplane } from '../../src/cli/standalone-backplane.ts';
import { systemClock } from '../../src/clock.ts';
import { Output } from '../../src/output/output.ts';
import { property } from '../support/property.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PASSWORD = 'canary-30d7';
const SECRET = 'canary-52f1-canary-52f1-canary-52f1';
const URL = `redis://box:${PASSWORD}@redis.example/2`;
const OPEN_URL = 'redis://redis.example';

function file(content: string, mode = 0o600): string {
  const path = join(temporaryFolder(), 'file.yaml');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function settings(flags: Record<string, string>, environment: Record<string, string> = {}): Settings {
  const config = loadConfig(flags, environment);
  if ('problems' in config) throw new Error(config.problems.join('\n'));
  return config.settings;
}

function problems(flags: Record<string, string>, environment: Record<string, string> = {}): readonly string[] {
  const config = loadConfig(flags, environment);
  return 'problems' in config ? config.problems : [];
}

test('without a setting, a server is as one of createServer without an option', () => {
  const { options, shown, caution } = backplaneOf(Settings.parse({}));
  expect(options.backplane).toBe('memory:');
  expect(resolveCluster(options, systemClock)).toEqual({
    ...resolveCluster({}, systemClock),
    nodeId: options.nodeId,
  });
  expect([shown, caution]).toEqual([undefined, undefined]);
  expect(options.nodeId).not.toBe(backplaneOf(Settings.parse({})).options.nodeId);
});

test('all settings become options', () => {
  const given = {
    backplane: 'memory:box',
    backplanePrefix: 'box',
    backplaneSecret: SECRET,
    nodeId: 'web-1',
    onOutage: 'reject',
    readyWhenDegraded: false,
    leaseMs: 1_000,
  };
  expect(backplaneOf(Settings.parse(given)).options).toEqual(given);
});

describe('a URL with a password', () => {
  test('is no flag, whatever the environment says', () => {
    const line =
      '--backplane: a password is no flag, which other users of this machine could see: use SIGNALBOX_BACKPLANE, ' +
      'SIGNALBOX_BACKPLANE_FILE (the name of a file) or the settings file';
    expect(problems({ backplane: URL })).toEqual([line]);
    expect(problems({ backplane: URL }, { SIGNALBOX_BACKPLANE: OPEN_URL })).toEqual([line]);
  });

  test('comes from the environment, from a file that it names, or from the settings file', () => {
    expect(settings({}, { SIGNALBOX_BACKPLANE: URL }).backplane).toBe(URL);
    expect(settings({}, { SIGNALBOX_BACKPLANE_FILE: file(` ${URL}\n`) }).backplane).toBe(URL);
    expect(settings({ config: file(`backplane: ${URL}`) }).backplane).toBe(URL);
  });

  test('is refused in a file that others may read, also in the settings file', () => {
    const config = file(`backplane: ${URL}`, 0o644);
    expect(problems({ config })).toEqual([
      `${config}: backplane is a secret, and other users may read it (mode 0644): chmod 600`,
    ]);
    expect(problems({ config: file(`backplane: ${OPEN_URL}`, 0o644) })).toEqual([]);
    expect(problems({}, { SIGNALBOX_BACKPLANE_FILE: file(URL, 0o644) })).toEqual([
      expect.stringMatching(/^SIGNALBOX_BACKPLANE_FILE: .*: other users may read it \(mode 0644\): chmod 600$/),
    ]);
  });

  test.each([
    [URL],
    [`rediss://:${PASSWORD}@redis.example`],
    [`redis-sentinel://box:${PASSWORD}@a.example,b.example/chat`],
    [`redis-sentinel://a.example/chat?sentinelPassword=${PASSWORD}`],
    // Not encoded, so that it is no URL, or another one than it looks like.
    [`redis://box:ca/${PASSWORD}@redis.example`],
    [`redis-sentinel://box:12/${PASSWORD}@a.example/0`],
    [`rediss://box:12?ca=${PASSWORD}@redis.example`],
    [`redis://box:${PASSWORD}#@redis.example`],
    [`redis://box:${PASSWORD}%@redis.example`],
    [`redis://${PASSWORD}@redis.example`],
    [`amqp://box:${PASSWORD}@redis.example`],
    [`host=redis.example password=${PASSWORD}`],
  ])('is known as such: %s', (url) => {
    expect(backplaneHoldsPassword(url)).toBe(true);
    const [problem] = problems({}, { SIGNALBOX_BACKPLANE: url });
    if (problem === undefined) expect(shownBackplane(url)).not.toContain(PASSWORD);
    else expect(problem).not.toContain(PASSWORD);
  });

  test.each([
    ['memory:'],
    ['memory:box'],
    [OPEN_URL],
    ['rediss://redis.example/1?ca=/ca.pem'],
    ['redis-sentinel://a/b'],
  ])('is none without a password: %s', (url) => {
    expect(backplaneHoldsPassword(url)).toBe(false);
  });

  property(
    'is known as such, whatever the password is, and never shown',
    [fc.string({ minLength: 1, maxLength: 20 }), fc.string({ maxLength: 8 })],
    300,
    (password, user) => {
      const encoded = encodeURIComponent(password.toWellFormed());
      for (const word of [encoded, password]) {
        const url = `redis://${encodeURIComponent(user.toWellFormed())}:${word}@redis.example/1`;
        expect(backplaneHoldsPassword(url), url).toBe(true);
      }
      expect(shownBackplane(`redis://box:${encoded}@redis.example/1`)).toBe('redis://redis.example:6379/1');
    },
  );
});

test.each([
  [
    { backplane: 'memory' },
    /^backplane: got a text of 6 characters \(--backplane\), expected memory: or memory:NAME or redis:/,
  ],
  [{ backplane: 'memory:a b' }, /, expected memory: or memory:NAME or /],
  [{ backplane: 'amqp://redis.example' }, /, expected memory: or memory:NAME or /],
  [{ backplane: 'redis://a\nb' }, /, expected a text without control characters$/],
  [{ backplane: 'redis://a/x' }, /, expected a URL of Redis: its database must be a whole number from 0 to 65535\.$/],
  [
    { backplanePrefix: '' },
    /^backplanePrefix: got an empty text \(--backplane-prefix\), expected 1 to 64 visible characters/,
  ],
  [{ backplanePrefix: 'must be a.' }, /, expected 1 to 64 visible characters of ASCII without \* \? \[ \] \\ \^$/],
  [
    { nodeId: 'web 1' },
    /^nodeId: got a text of 5 characters \(--node-id\), expected 1 to 100 visible characters of ASCII$/,
  ],
  [{ onOutage: 'wait' }, /, expected one of local, reject$/],
  [{ readyWhenDegraded: 'maybe' }, /, expected true or false$/],
  [{ leaseMs: '999' }, /^leaseMs: got 999 \(--lease-ms\), expected a whole number from 1000 to 600000$/],
  [{ leaseMs: '1000.5' }, /, expected a whole number$/],
])('%j cannot be used', (flags, line) => {
  expect(problems(flags)).toEqual([expect.stringMatching(line)]);
});

test('a secret that is too short, and a password that is not encoded, are refused without being shown', () => {
  expect(problems({}, { SIGNALBOX_BACKPLANE_SECRET: PASSWORD })).toEqual([
    'backplaneSecret: got a text of 11 characters (SIGNALBOX_BACKPLANE_SECRET), expected a text of 32 characters or more',
  ]);
  const late = `redis-sentinel://box:12/${PASSWORD}@a.example/0`;
  expect(problems({}, { SIGNALBOX_BACKPLANE: late })).toEqual([
    expect.stringMatching(
      /, expected a URL in which characters such as @ : \/ \? # % of a password are written as %40/,
    ),
  ]);
});

test.each([
  [URL, 'redis://redis.example:6379/2'],
  [`rediss://:${PASSWORD}@[::1]:6380?ca=/ca.pem`, 'rediss://[::1]:6380/0'],
  [
    `redis-sentinel://box:${PASSWORD}@a.example,b.example:1/chat?sentinelPassword=x`,
    'redis-sentinel://a.example:26379,b.example:1/chat/0',
  ],
  ['memory:box', 'memory:box'],
])('a backplane is shown without user and password: %s', (backplane, shown) => {
  expect(backplaneOf(Settings.parse({ backplane })).shown).toBe(shown);
});

test('servers that share a Redis, and no database, are told so', () => {
  const caution = (given: object) => backplaneOf(Settings.parse({ backplane: OPEN_URL, ...given })).caution;
  expect(caution({})).toMatch(/^each machine has its own API keys, bans and session records: .*--storage/);
  expect(caution({ storage: 'sqlite:/srv/box.db' })).toBe(caution({}));
  expect(caution({ storage: 'memory:' })).toMatch(/^each server has its own API keys, /);
  for (const scheme of ['postgres', 'postgresql'])
    expect(caution({ storage: `${scheme}://db.example/chat` })).toBe(undefined);
  expect(caution({ backplane: 'memory:box' })).toBe(undefined);
});

test('a mistake in the setup is said with its setting', () => {
  const explained = (problem: 'refused' | 'node-id-taken') =>
    explain(new BackplaneError(problem, 'Why.'), Settings.parse({}));
  expect(explained('refused')).toBe('backplane: Why.');
  expect(explained('node-id-taken')).toBe('nodeId: Why.');
});

test('a check shows where the backplane is, and no secret', async () => {
  const lines: string[] = [];
  const spy = vi.spyOn(Output.prototype, 'write').mockImplementation((line) => void lines.push(line.trimEnd()));
  // Nobody answers at this port: that is no reason not to start.
  const isFine = await check(
    loadConfig(
      { port: '0', storage: 'memory:' },
      { SIGNALBOX_BACKPLANE: `redis://box:${PASSWORD}@127.0.0.1:9`, SIGNALBOX_BACKPLANE_SECRET: SECRET },
    ),
  );
  spy.mockRestore();
  expect(isFine).toBe(true);
  expect(lines).toEqual(
    expect.arrayContaining([
      '  backplane: "redis://127.0.0.1:9/0"',
      '  backplaneSecret: (not shown)',
      expect.stringMatching(/^Redis at 127\.0\.0\.1:9 cannot be reached: /),
    ]),
  );
  expect(lines.join('\n')).not.toContain('canary');
});
