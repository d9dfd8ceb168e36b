// Secrets of all kinds at once, on a server that logs, records, is inspected and fails: where do they get to?
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWebSocketReceiver } from '@statelyai/inspect';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { apiKeys, firstOf, jwt, newMasterKey } from '../../src/auth/index.ts';
import { digestOf } from '../../src/auth/key-secrets.ts';
import { method, setupHub } from '../../src/index.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { KeyServer, providerKey, says } from '../auth/key-server.ts';
import { NOW, SECRET, tokenOf } from '../auth/signed-tokens.ts';
import { closed, connect, openRaw, withoutNegotiation } from '../support/clients.ts';
import { FaultyDatabase } from '../support/faulty-database.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { mistyped } from '../support/key-site.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { negotiate } from '../support/raw-negotiation.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startTimedServer, type TimedServer } from '../support/timed-server.ts';
import { by } from '../support/transport-protocols.ts';

const INSPECTOR_TOKEN = 'canary-inspector-8c11';
const PASSWORD = 'canary-password-30d7';
const canary = (where: string) => `canary-${where}-77e5`;

/** Errors as other libraries throw them: their texts and properties quote what they were given. */
const FAULTS: Readonly<Record<string, (credential: string) => Error>> = {
  properties: (credential) =>
    Object.assign(new Error('request failed'), { config: { headers: { Authorization: credential } } }),
  cause: (credential) => new Error('request failed', { cause: new Error(credential) }),
  header: (credential) => new TypeError(`Invalid header: "Authorization: Bearer ${credential}"`),
  text: (credential) => new RangeError(`unknown credential ${credential}, try again`),
  address: () => new Error(`connect ECONNREFUSED postgres://box:${PASSWORD}@db.example/box`),
};

const hub = setupHub({}).createHub({
  options: {
    enableAuthenticationRefresh: true,
    closeOnAuthenticationExpiration: true,
    // Clients ping in real time.
    keepAliveIntervalMs: 3_600_000,
    clientTimeoutMs: 7_200_000,
  },
  methods: {
    Me: method([], ({ user }) => user?.id),
    Fail: method([z.string(), z.string()], (_hub, how, credential) => {
      throw FAULTS[how]?.(credential);
    }),
  },
  onConnected({ request }) {
    if (request.query.get('fail') !== null) throw FAULTS.text?.(request.query.get('access_token') ?? '');
  },
  onDisconnected({ request }) {
    throw FAULTS.header?.(request.headers.authorization ?? request.query.get('access_token') ?? '');
  },
});

async function start() {
  const folder = temporaryFolder();
  const provider = await KeyServer.start(says(canary('provider'), 500));
  const masterKey = newMasterKey();
  const lines: string[] = [];
  // The clock of the server, which is made later.
  const wallNow = (): number => timed?.clock.wallNow() ?? NOW * 1_000;
  const storage = new FaultyDatabase(new SqliteStorage(join(folder, 'signalbox.db'), { wallNow }));
  let timed: TimedServer | undefined;
  timed = await startTimedServer(
    { '/hub': hub },
    {
      authenticate: firstOf(
        jwt([
          { secret: SECRET, keepClaims: ['note'] },
          { issuer: 'elsewhere', jwksUrl: provider.url },
        ]),
        apiKeys({ masterKey }),
      ),
      inspect: { token: INSPECTOR_TOKEN },
      logger: pino({ level: 'debug' }, { write: (line) => void lines.push(line) }),
      storage,
    },
  );
  const seen = new Inbox<object>();
  const address = `ws://127.0.0.1:${timed.port}/inspect?token=${INSPECTOR_TOKEN}`;
  createWebSocketReceiver({ server: address }).subscribe(seen.put);
  await eventually(() => seen.length > 0);
  const files = () => readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  return { ...timed, keys: timed.server.keys, masterKey, lines, storage, seen, files };
}

/** Pieces of a secret that no other text has: an id of a key and the header of a token are public. */
function piecesOf(secret: string): string[] {
  if (secret.startsWith('eyJ'))
    return secret
      .split('.')
      .slice(1)
      .map((part) => part.slice(4, 24));
  return secret.startsWith('sb_') ? [secret.slice(15, 27), secret.slice(-12)] : [secret];
}

const digestsOf = (key: string) =>
  (['hex', 'base64', 'base64url'] as const).map((form) => Buffer.from(digestOf(key)).toString(form).slice(0, 20));

test('no secret gets into a log line, an answer, an error, the inspector, or the files of the database', async () => {
  const { port, url, server, keys, clock, masterKey, lines, storage, seen, files, pass } = await start();
  const answers: string[] = [];
  const statusOf = async (request: string) => {
    const { status, headers, body } = await ask(port, request);
    answers.push(JSON.stringify([...headers, body]));
    return status;
  };
  const told: string[] = [];
  const refused = async (call: Promise<unknown>) =>
    expect(
      await call.then(
        () => 'done',
        (error: unknown) => void told.push(String(error)),
      ),
    ).toBeUndefined();

  const create = (name: string, more = {}) => keys.create({ kind: 'virtual', name, userId: 'ada', ...more });
  const [app, ending, brief, older] = [
    (await create('app')).secret,
    await create('ending'),
    (await create('brief', { expiresAt: clock.wallNow() + 1_000 })).secret,
    await create('older'),
  ];
  const newer = (await keys.rotate(older.key.id)).secret;
  const note = canary('claim');
  const token = await tokenOf({ note, jti: '1' });
  const short = await tokenOf({ note, exp: NOW + 60, jti: '2' });
  const wrong = [
    brief,
    older.secret,
    newMasterKey(),
    mistyped(app, 30),
    await tokenOf({ note, exp: NOW - 3_600 }),
    `${token.slice(0, -12)}AAAAAAAAAAAA`,
    await providerKey('1').sign({ note, iss: 'elsewhere' }),
    canary('credential'),
  ];

  // What is let in.
  const headers = { Cookie: `session=${canary('cookie')}`, 'X-Other': canary('header') };
  const polling = await connect(url(`/hub?name=${canary('query')}`), {
    ...by(['LongPolling', 'json']),
    headers,
    accessTokenFactory: () => token,
  });
  const master = await connect(url('/hub'), { ...withoutNegotiation, headers: { ...headers, 'X-API-Key': masterKey } });
  const revoked = await connect(url('/hub'), { ...withoutNegotiation, accessTokenFactory: () => ending.secret });
  const expiring = await connect(url('/hub'), { ...withoutNegotiation, accessTokenFactory: () => short });
  for (const credential of [app, token, newer]) {
    const failing = await openRaw(port, { path: `/hub?access_token=${credential}&fail=yes` });
    await failing.ended;
    told.push(JSON.stringify(failing.records.all));
  }
  for (const how of Object.keys(FAULTS)) {
    for (const credential of [token, app]) {
      await refused(polling.invoke('Fail', how, credential));
      await refused(master.invoke('Fail', how, masterKey));
    }
    // Otherwise the log would only count the next ones.
    pass(1_100);
  }
  const { connectionToken } = await negotiate(port, '/hub', { Authorization: `Bearer ${token}` });

  // What is refused, or ends.
  for (const credential of wrong) {
    pass(1_100);
    const places = [{ Authorization: `Bearer ${credential}` }, { 'X-API-Key': credential }];
    for (const place of places.slice(0, credential.startsWith('sb_') ? 2 : 1)) {
      expect(await statusOf(requestText('POST', '/hub/negotiate?negotiateVersion=1', place))).toBe(401);
      expect(await statusOf(upgradeRequest('/hub', place))).toBe(401);
    }
    expect(await statusOf(upgradeRequest(`/hub?access_token=${credential}`))).toBe(401);
    await refused(connect(url('/hub'), { accessTokenFactory: () => credential }));
    const refresh = `/hub/refresh?id=${connectionToken}`;
    expect(await statusOf(requestText('POST', refresh, { Authorization: `Bearer ${credential}` }))).toBe(401);
  }
  expect(await statusOf(upgradeRequest(`/hub?id=${canary('id')}`, { 'X-API-Key': app }))).toBe(404);
  expect(await statusOf(requestText('POST', `/hub?id=${connectionToken}`, { 'X-API-Key': masterKey }))).toBe(404);
  expect(await statusOf(upgradeRequest(`/inspect?token=${canary('inspector')}`))).toBe(401);
  const ends = [closed(revoked), closed(expiring)];
  await keys.revoke(ending.key.id);
  await eventually(() => {
    pass(100);
    return server.supervisor.size === 2;
  });
  told.push(...(await Promise.all(ends)).map(String));

  // A storage that fails, and the files as they are while the server runs, with the log of SQLite beside them.
  const written = files();
  storage.keys.failure = new Error(`no answer from postgres://box:${PASSWORD}@db.example/box`);
  await Promise.all([polling.stop(), master.stop()]);
  await eventually(() => {
    pass(100);
    return ['cannot be saved', 'API keys cannot be read'].every((text) => lines.some((line) => line.includes(text)));
  });
  expect(await statusOf(requestText('GET', '/readyz'))).toBe(503);
  const records = await storage.sessions.list({});
  let isClosed = false;
  const closing = server.close({ drainMs: 0 }).then(() => {
    isClosed = true;
  });
  await eventually(() => {
    pass(100);
    return isClosed;
  });
  await closing;

  const all = [app, ending.secret, newer, masterKey, token, short, ...wrong];
  const secrets = [
    ...[...all, SECRET, INSPECTOR_TOKEN, PASSWORD].flatMap(piecesOf),
    ...['provider', 'claim', 'cookie', 'header', 'query', 'id', 'inspector'].map(canary),
    'token=canary',
    connectionToken,
  ];
  const digests = all.filter((one) => one.startsWith('sb_')).flatMap(digestsOf);
  const places = { lines, answers, told, inspector: seen.all, records };
  for (const [place, what] of Object.entries(places)) {
    expect(what.length, place).toBeGreaterThan(5);
    const text = JSON.stringify(what);
    for (const secret of [...secrets, ...digests]) expect(text, `${secret} in ${place}`).not.toContain(secret);
  }
  // It was looked for where it would be: other texts of the same lines and rows are there.
  for (const text of [
    older.key.id,
    '[redacted], try again',
    '[redacted]\\"',
    'postgres://…@db.example',
    'could not be saved in time',
  ])
    expect(lines.join('')).toContain(text);
  const stored = Buffer.concat([...written, ...files()]);
  expect(stored.includes(ending.key.id)).toBe(true);
  expect(stored.includes(Buffer.from(digestOf(app)))).toBe(true);
  expect(stored.includes(Buffer.from(digestOf(masterKey)))).toBe(false);
  for (const secret of secrets) expect(stored.includes(secret), `${secret} in the files`).toBe(false);
});
