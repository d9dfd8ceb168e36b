// API keys with official clients and plain requests, on a real server with a SQLite database.

import { join } from 'node:path';
import { HttpTransportType } from '@microsoft/signalr';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { apiKeys, newMasterKey } from '../../src/auth/index.ts';
import { digestOf } from '../../src/auth/key-secrets.ts';
import { StoredKeys } from '../../src/auth/keys.ts';
import { systemClock } from '../../src/clock.ts';
import { type Keys, method, setupHub } from '../../src/index.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { closed, connect } from '../support/clients.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { mistyped } from '../support/key-site.ts';
import { ask, type HeaderLines, requestText, upgradeRequest } from '../support/raw-http.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startServer } from '../support/test-server.ts';

const hub = () =>
  setupHub({}).createHub({
    authorize: 'anonymous',
    methods: { Me: method([], ({ user }) => user) },
  });

async function start() {
  const storage = new SqliteStorage(join(temporaryFolder(), 'signalbox.db'));
  const masterKey = newMasterKey();
  const log = new CollectedLog();
  const started = await startServer({ '/hub': hub() }, { storage, logger: log, authenticate: apiKeys({ masterKey }) });
  return { ...started, log, masterKey, keys: started.server.keys, path: storage.path };
}

/** The keys of a database as another process has it open. */
async function otherProcess(path: string): Promise<Keys> {
  const storage = new SqliteStorage(path);
  onTestFinished(() => storage.close());
  await storage.open({ nodeId: 'other', isAlive: () => true });
  return new StoredKeys(storage.keys, systemClock);
}

describe('a virtual key', () => {
  let site: Awaited<ReturnType<typeof start>>;
  let made: Awaited<ReturnType<Keys['create']>>;
  beforeEach(async () => {
    site = await start();
    made = await site.keys.create({ kind: 'virtual', name: 'app', userId: 'ada', roles: ['reader'] });
  });

  test.each([
    ['WebSockets', { transport: HttpTransportType.WebSockets, skipNegotiation: true }],
    ['WebSockets after a negotiation', { transport: HttpTransportType.WebSockets }],
    ['Server-Sent Events', { transport: HttpTransportType.ServerSentEvents }],
    ['Long Polling', { transport: HttpTransportType.LongPolling }],
  ])('lets the official client in over %s, until another process revokes it', async (_what, options) => {
    const ends: Promise<unknown>[] = [];
    for (const credential of [
      { accessTokenFactory: () => made.secret },
      ...('skipNegotiation' in options ? [] : [{ headers: { 'X-API-Key': made.secret } }]),
    ]) {
      const client = await connect(site.url('/hub'), { ...options, ...credential });
      const me = { id: 'ada', roles: ['reader', 'virtual-key'], credentialId: `${made.key.id}.1` };
      expect(await client.invoke('Me')).toEqual({ ...me, issuedAt: made.key.createdAt });
      ends.push(closed(client));
    }
    await expect(
      connect(site.url('/hub'), { ...options, accessTokenFactory: () => mistyped(made.secret, 30) }),
    ).rejects.toThrow();
    await (await otherProcess(site.path)).revoke(made.key.id);
    await Promise.all(ends);
    await expect(connect(site.url('/hub'), { ...options, accessTokenFactory: () => made.secret })).rejects.toThrow();
  });

  test('lets nobody in when it is wrong, with the same answer whatever is wrong, and the log says which key', async () => {
    const { port, keys, log, masterKey } = site;
    const gone = await keys.create({ kind: 'virtual', name: 'gone' });
    await keys.revoke(gone.key.id);
    const rotated = await keys.create({ kind: 'virtual', name: 'rotated' });
    await keys.rotate(rotated.key.id);
    const wrong = [newMasterKey(), gone.secret, rotated.secret, mistyped(made.secret, 40), made.secret.slice(0, 20)];
    const answers = new Set<string>();
    for (const key of wrong) {
      for (const request of requests(key)) {
        const { status, headers, body } = await ask(port, request);
        expect(status).toBe(401);
        answers.add(JSON.stringify([headers.get('www-authenticate'), headers.get('content-type'), body]));
      }
    }
    expect(answers.size).toBe(1);
    expect(JSON.stringify(log.lines)).toContain(`"key":"${gone.key.id}"`);
    for (const key of [made.secret, masterKey]) {
      for (const request of requests(key)) expect((await ask(port, request)).status).not.toBe(401);
    }
    const all = JSON.stringify(log.lines);
    expect(all).toContain('This API key was revoked.');
    for (const secret of [...wrong, made.secret, masterKey]) {
      for (const part of [secret.slice(15, 25), secret.slice(-12)]) expect(all).not.toContain(part);
      for (const form of ['hex', 'base64', 'base64url'] as const)
        expect(all).not.toContain(Buffer.from(digestOf(secret)).toString(form).slice(0, 16));
    }
  });
});

/** Requests with a key in each place where it may stand. */
function requests(key: string): string[] {
  const places: HeaderLines[] = [{ Authorization: `Bearer ${key}` }, { 'X-API-Key': key }];
  return [
    ...places.map((headers) => requestText('POST', '/hub/negotiate?negotiateVersion=1', headers)),
    requestText('POST', `/hub/negotiate?negotiateVersion=1&access_token=${key}`, {}),
    upgradeRequest('/hub', { 'X-API-Key': key }),
  ];
}
