// A Redis that answers, and cannot be used: what is said about it, and that no password is.

import { copyFileSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { BackplaneError } from '../../src/backplane/backplane.ts';
import { hasRedis, type RedisOptions, type RedisServer, startRedis } from '../support/redis.ts';
import { carries, openingRedis, openRedis, SHORT_LIMITS } from '../support/redis-backplanes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CERTIFICATE = fileURLToPath(new URL('../support/tls/localhost.pem', import.meta.url));
const KEY = fileURLToPath(new URL('../support/tls/localhost-key.pem', import.meta.url));
/** Of users, with characters that a URL has to escape. */
const PASSWORD = 'canary-9c1f/@:%';
const ESCAPED = encodeURIComponent(PASSWORD);

async function ownRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const server = await startRedis(options);
  onTestFinished(() => server.stop());
  return server;
}

/** Resolves with the reason why there is no connection. */
async function reasonOf(url: string): Promise<BackplaneError> {
  const { backplane, observer } = openingRedis(url, SHORT_LIMITS);
  await observer.until('lost', 1);
  await backplane.close();
  expect(observer.seen.length, 'it is told once').toBe(1);
  const [error] = observer.losses as [BackplaneError];
  expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain('canary');
  return error;
}

describe.runIf(hasRedis)('a backplane in Redis', () => {
  test('logs in with a password, and with a user and a password', async () => {
    const { port } = await ownRedis({ settings: [`requirepass ${PASSWORD}`, `user ann on >${PASSWORD} ~* &* +@all`] });
    await carries(await openRedis(`redis://:${ESCAPED}@127.0.0.1:${port}`), 'x');
    await carries(await openRedis(`redis://ann:${ESCAPED}@127.0.0.1:${port}/3`), 'x');
    for (const login of ['', ':canary-wrong@', 'ann:canary-wrong@', `bob:${ESCAPED}@`])
      expect(await reasonOf(`redis://${login}127.0.0.1:${port}`)).toMatchObject({
        problem: 'refused',
        message: expect.stringMatching(
          /^Redis at 127\.0\.0\.1:\d+ does not let this server in: check user and password of the URL \((WRONGPASS|NOAUTH)\)\.$/,
        ),
      });
  });

  test('needs only the rights of its keys and channels', async () => {
    const document = readFileSync(new URL('../../docs/scaling.md', import.meta.url), 'utf8');
    const [, shown = ''] = /-@all \\\n([\s\S]*?)```/.exec(document) ?? [];
    const rights = shown.replace(/['\\\n]/g, '');
    const user = (name: string, ...except: readonly string[]) =>
      `user ${name} on >${PASSWORD} resetkeys resetchannels ~test:* &test:* -@all ${rights} ${except.join(' ')}`;
    const { port } = await ownRedis({
      settings: [
        user('enough'),
        user('keys', 'resetkeys'),
        user('channels', 'resetchannels'),
        user('publish', '-publish'),
        user('subscribe', '-subscribe'),
        user('load', '-script|load'),
        user('evalsha', '-evalsha'),
        user('select', '-select'),
        user('sadd', '-sadd'),
      ],
    });
    const urlOf = (name: string) => `redis://${name}:${ESCAPED}@127.0.0.1:${port}/1`;
    const node = await openRedis(urlOf('enough'));
    await carries(node, 'x');
    expect(await node.backplane.renewLease({ nodeId: 'a', bootId: 'a1', ms: 60_000 })).toMatchObject({
      outcome: 'taken',
    });
    expect(await node.backplane.takeTurn('x', 1)).toBe(true);
    expect(await node.backplane.takeTokens('x', { perSecond: 1, burst: 1 }, 1)).toMatchObject({ taken: 1 });
    const { presence } = node.backplane;
    const boot = { nodeId: 'a', bootId: 'a1' };
    // Of an epoch that has ended, so that everything runs that a script can do.
    for (const epoch of [undefined, 'ended'])
      expect(await presence.enter('/hub', { ...boot, epoch, newEpoch: 'first', recoveryMs: 1 })).toEqual({
        epoch: 'first',
        isKnown: epoch === 'ended',
      });
    const claim = { as: 'ann', connectionIds: ['x'], user: 'null', info: '1', setsInfo: true, revision: 0 };
    const claimed = { ...boot, graceMs: 0, told: undefined, claim: { ...claim, wasGranted: true } };
    const { token = 0 } = await presence.write('/hub', 'key', { ...claimed, number: 1 });
    expect(await presence.markTold('/hub', 'key', boot, token, 'told')).toBe(true);
    expect((await presence.get('/hub', 'key'))?.as).toBe('ann');
    expect((await presence.list('/hub', { prefix: 'k', after: undefined, limit: 9 })).holders.length).toBe(1);
    expect(await presence.count('/hub', 'k')).toBe(1);
    await node.backplane.releaseLease(boot);
    await presence.overdue('/hub', 0);
    while ((await presence.overdue('/hub', 0)).length === 0);
    expect(await presence.count('/hub', 'k')).toBe(0);
    await presence.leave('/hub', boot);
    for (const [name, named] of [
      ['keys', 'NOPERM, key'],
      ['channels', 'NOPERM, channel'],
      ['publish', 'NOPERM, publish'],
      ['subscribe', 'NOPERM, subscribe'],
      ['load', 'NOPERM, script|load'],
      ['evalsha', 'NOPERM, evalsha'],
      ['select', 'NOPERM, select'],
    ] as const)
      expect(await reasonOf(urlOf(name))).toMatchObject({
        problem: 'refused',
        message: expect.stringMatching(
          new RegExp(`does not allow the user of the URL what is needed: .* \\(${named.replace('|', '.')}\\)\\.$`),
        ),
      });
    const less = await openRedis(urlOf('sadd'));
    await expect(less.backplane.renewLease({ nodeId: 'b', bootId: 'b1', ms: 60_000 })).rejects.toMatchObject({
      problem: 'refused',
      message: expect.stringContaining('does not allow the user of the URL what is needed'),
    });
  });

  test('tells of a permission that is taken away', async () => {
    const server = await ownRedis({ settings: [`user ann on >${PASSWORD} ~* &* +@all`] });
    const node = await openRedis(`redis://ann:${ESCAPED}@127.0.0.1:${server.port}`, SHORT_LIMITS);
    await server.command('ACL', 'SETUSER', 'ann', '-set');
    await expect(node.backplane.takeTurn('x', 1)).rejects.toMatchObject({
      problem: 'refused',
      message: expect.stringMatching(/\(NOPERM, set\)\.$/),
    });
    await server.command('ACL', 'DELUSER', 'ann');
    await node.observer.until('lost', 1);
  });

  test('refuses cluster mode', async () => {
    const server = await ownRedis({ settings: ['cluster-enabled yes'] });
    expect(await reasonOf(server.url)).toMatchObject({
      problem: 'refused',
      message: `Redis at 127.0.0.1:${server.port} runs in cluster mode (cluster_enabled:1), which cannot be used: name one without.`,
    });
  });

  test('refuses a database that is not there', async () => {
    const server = await ownRedis({ settings: ['databases 2'] });
    expect(await reasonOf(`${server.url}/2`)).toMatchObject({
      problem: 'refused',
      message: expect.stringContaining('has no database of this number: name another one'),
    });
    await carries(await openRedis(`${server.url}/1`), 'x');
  });

  test('waits for a replica to become a master', async () => {
    const master = await ownRedis();
    const replica = await ownRedis({ settings: [`replicaof 127.0.0.1 ${master.port}`] });
    expect(await reasonOf(replica.url)).toMatchObject({
      problem: 'unreachable',
      message: `Redis at 127.0.0.1:${replica.port} is a replica: name the Redis that takes writes, or its Sentinels as redis-sentinel://.`,
    });
  });

  test('has TLS with the authority of the certificate, which is read anew each time', async () => {
    const server = await ownRedis({ tls: { certificate: CERTIFICATE, key: KEY } });
    await carries(await openRedis(`${server.url}?ca=${CERTIFICATE}`), 'x');
    await carries(await openRedis(`rediss://localhost:${server.port}?ca=${CERTIFICATE}`), 'x');
    expect(await reasonOf(server.url)).toMatchObject({
      problem: 'refused',
      message: expect.stringMatching(
        /^Redis at 127\.0\.0\.1:\d+ has a certificate that is not accepted: name its authority as `ca` .*\(DEPTH_ZERO_SELF_SIGNED_CERT\)\.$/,
      ),
    });
    expect(await reasonOf(`${server.url}?ca=${CERTIFICATE}&servername=example.com`)).toMatchObject({
      problem: 'refused',
      message: expect.stringContaining('(ERR_TLS_CERT_ALTNAME_INVALID)'),
    });
    const file = join(temporaryFolder(), 'ca.pem');
    const node = openingRedis(`${server.url}?ca=${file}`, SHORT_LIMITS);
    await node.observer.until('lost', 1);
    expect(node.observer.losses).toMatchObject([
      {
        problem: 'refused',
        message: `${file}, which the URL of Redis names as ca, cannot be read (ENOENT): check that it is there.`,
      },
    ]);
    copyFileSync(CERTIFICATE, file);
    await node.observer.until('opened', 1);
    await carries(node, 'x');
  });

  test('says so when only one side has TLS', async () => {
    const [plain, withTls] = [await ownRedis(), await ownRedis({ tls: { certificate: CERTIFICATE, key: KEY } })];
    expect(await reasonOf(`rediss://127.0.0.1:${plain.port}`)).toMatchObject({
      problem: 'unreachable',
      message: expect.stringContaining('check its load and the network, and that this port has TLS.'),
    });
    expect(await reasonOf(`redis://127.0.0.1:${withTls.port}`)).toMatchObject({
      problem: 'unreachable',
      message: expect.stringMatching(/ended the connection before it was ready: if it has TLS, use rediss:\/\/\.$/),
    });
  });

  test('says so when nobody listens, or the host is unknown', async () => {
    const server = await ownRedis();
    await server.kill();
    expect(await reasonOf(server.url)).toMatchObject({
      problem: 'unreachable',
      message: `Redis at 127.0.0.1:${server.port} cannot be reached: check that it runs, and that this machine may connect to it (ECONNREFUSED).`,
    });
    expect(await reasonOf('redis://nowhere.invalid')).toMatchObject({
      problem: 'unreachable',
      message: expect.stringMatching(
        /^Redis at nowhere\.invalid:6379 cannot be found: .* \((ENOTFOUND|EAI_AGAIN)\)\.$/,
      ),
    });
  });

  test('refuses a Sentinel that is named as if it were a Redis', async () => {
    const sentinel = await ownRedis({ isSentinel: true });
    expect(await reasonOf(sentinel.url)).toMatchObject({
      problem: 'refused',
      message: expect.stringMatching(/ is a Sentinel: name it as redis-sentinel:/),
    });
  });
});

test.each([
  ['6.2.7', 'Redis at 127.0.0.1:PORT is 6.2.7, but it must be Redis 7 or newer, or Valkey.'],
  ['old\u001b[2J', 'Redis at 127.0.0.1:PORT is of an unknown version, but it must be Redis 7 or newer, or Valkey.'],
])('a server of the version %j is refused', async (version, message) => {
  // It answers everything as an old Redis answers HELLO.
  const hello = ['server', 'redis', 'version', version, 'mode', 'standalone', 'role', 'master'];
  const reply = `*8\r\n${hello.map((text) => `$${text.length}\r\n${text}\r\n`).join('')}`;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const _ of chunk.toString().matchAll(/\*\d+\r\n/g)) socket.write(reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect(await reasonOf(`redis://127.0.0.1:${port}`)).toMatchObject({
    problem: 'refused',
    message: message.replace('PORT', `${port}`),
  });
});

test.each([
  ['nothing that Redis would send', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['an answer without an end', `$${'9'.repeat(5_000)}`],
  ['answers that nobody asked for', '+OK\r\n'.repeat(1_000)],
  ['nested answers', '*1\r\n'.repeat(100_000)],
])('a server that sends %s is given up', async (_what, text) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect((await reasonOf(`redis://127.0.0.1:${port}`)).message).toMatch(/^Redis at 127\.0\.0\.1:\d+ /);
});
