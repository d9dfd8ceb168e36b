// `signalbox key` as users run it: processes of their own, beside a server on the same database.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { apiKeys } from '../../src/auth/index.ts';
import { type ApiKey, method, setupHub } from '../../src/index.ts';
import { closed, connect } from '../support/clients.ts';
import { eventually } from '../support/inbox.ts';
import { build, Standalone } from '../support/standalone.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startServer } from '../support/test-server.ts';

// Compiling takes a while on a busy machine.
beforeAll(build, 120_000);

async function key(data: string, ...args: readonly string[]) {
  const program = new Standalone('key', ...args, '--data', data);
  const code = await program.exited;
  return { code, out: program.stdout.all, err: program.stderr.all.join('\n') };
}

test('a key is made, listed, replaced and revoked while a server runs', async () => {
  const data = join(temporaryFolder(), 'data');
  const missing = await key(data, 'list');
  expect(missing).toMatchObject({
    code: 1,
    out: [],
    err: expect.stringMatching(/^signalbox: there is no database .*: choose another with --data or --storage$/),
  });

  // The database is made by the command, before there is a server.
  const made = await key(
    data,
    'create',
    '--name',
    'thermometer',
    '--roles',
    'reader',
    '--user',
    'ada',
    '--expires',
    '90d',
  );
  expect(made.code).toBe(0);
  const [secret = ''] = made.out;
  expect(made.out).toEqual([expect.stringMatching(/^sb_vk_\w{8}_\w{38}$/)]);
  expect(made.err).toMatch(/^virtual key \w{8}, "thermometer": user ada, roles reader; it expires at .* only copy:$/);
  expect(made.err).not.toContain(secret.slice(15, 30));
  const id = secret.slice(6, 14);

  const hub = setupHub({}).createHub({ authorize: 'reader', methods: { Me: method([], ({ user }) => user?.id) } });
  const { url } = await startServer(
    { '/hub': hub },
    { storage: `sqlite:${join(data, 'signalbox.db')}`, authenticate: apiKeys() },
  );
  const old = await connect(url('/hub'), { accessTokenFactory: () => secret });
  expect(await old.invoke('Me')).toBe('ada');
  const oldEnd = closed(old);

  const openSessions = () => database.prepare('SELECT count(*) FROM sessions WHERE disconnected_at IS NULL').pluck();
  const database = new Database(join(data, 'signalbox.db'), { readonly: true });
  onTestFinished(() => void database.close());
  await eventually(() => openSessions().get() === 1);
  const listed = await key(data, 'list');
  // A server that starts would end what is open as lost.
  expect(openSessions().get()).toBe(1);
  const rotated = await key(data, 'rotate', id, '--json');
  expect(listed.out).toHaveLength(2);
  expect(listed.out[1]).toMatch(new RegExp(`^${id}  virtual  thermometer  ada   reader  .*Z  .* good$`));
  const { key: same, secret: fresh } = JSON.parse(rotated.out.join('\n')) as { key: ApiKey; secret: string };
  expect(same).toMatchObject({ id, name: 'thermometer', lastFour: fresh.slice(-4) });
  await oldEnd;
  const next = await connect(url('/hub'), { accessTokenFactory: () => fresh });
  const end = closed(next);

  expect(await key(data, 'revoke', id)).toMatchObject({ code: 0, out: [] });
  await end;
  await expect(connect(url('/hub'), { accessTokenFactory: () => fresh })).rejects.toThrow();
  expect(await key(data, 'revoke', id)).toMatchObject({
    code: 1,
    err: `signalbox: there is no key ${id}, or it was revoked before`,
  });
});

test('what cannot be used is a line and exit code 2, and no secret is in it', async () => {
  const folder = temporaryFolder();
  const secret = `sb_vk_aB3dE5gH_${'hunter2'.repeat(5)}abc`;
  const config = join(folder, 'config.yaml');
  writeFileSync(config, `port: ${secret}`);
  const cases: [string[], RegExp][] = [
    [['create'], /^signalbox: --name: got nothing/],
    [['create', '--nme', secret], /^signalbox: --nme: got an unknown flag .* did you mean --name\?$/],
    [['revoke', secret], /^signalbox: expected the id of a key/],
    [['rotate'], /^signalbox: got no id of a key, expected one behind the command/],
    [['list', secret], /^signalbox: got a word that belongs to no flag, expected flags only, such as --name app$/],
    [['lst'], /^signalbox: got an unknown command, expected a known one: did you mean list\?$/],
    [['list', '--config', config], /^signalbox: port: got a text of 53 characters/],
  ];
  const results = await Promise.all(cases.map(([args]) => key(folder, ...args)));
  for (const [at, { code, out, err }] of results.entries()) {
    expect({ code, out }).toEqual({ code: 2, out: [] });
    expect(err).toMatch(cases[at]?.[1] ?? /never/);
    expect(err).not.toContain('hunter2');
  }
});
