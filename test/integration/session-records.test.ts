import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { SessionRecord } from '../../src/storage/session-store.ts';
import { SqliteStorage } from '../../src/storage/sqlite.ts';
import { ALONE } from '../../src/testing/session-records.ts';
import { enterChatAs } from '../support/chat.ts';
import { connect } from '../support/clients.ts';
import { eventually } from '../support/inbox.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { build, Standalone } from '../support/standalone.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { by, TRANSPORT_PROTOCOLS, type TransportProtocol } from '../support/transport-protocols.ts';

beforeAll(build, 120_000);

/** Longer than any server would wait for a lock, if it waited. */
const LOCKED_MS = 6_000;

/** Session records in the database of a server that has ended. */
async function recordsIn(data: string): Promise<readonly SessionRecord[]> {
  const storage = new SqliteStorage(join(data, 'signalbox.db'));
  await storage.open(ALONE);
  const records = await storage.sessions.list({ limit: 1_000 });
  await storage.close();
  return records;
}

/** Number of sessions that a running server has saved as open. */
function openIn(data: string): number {
  const database = new Database(join(data, 'signalbox.db'), { readonly: true });
  const count = database.prepare('SELECT count(*) FROM sessions WHERE disconnected_at IS NULL').pluck().get();
  database.close();
  return count as number;
}

async function hubUrl(program: Standalone): Promise<string> {
  return `http://127.0.0.1:${await program.port()}/hubs/chat`;
}

/** Another process writes to the database, and does not end before the test releases it. */
async function lock(path: string): Promise<{ release(): Promise<void> }> {
  const script = resolve(import.meta.dirname, '../support/lock-holder.ts');
  const holder: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void holder.kill('SIGKILL'));
  await once(holder.stdout as NodeJS.ReadableStream, 'data');
  return {
    async release() {
      holder.stdin?.end();
      await once(holder, 'exit');
    },
  };
}

/** Polls /readyz until it has this status, because readiness has no event. */
async function readyWith(port: number, status: number): Promise<string> {
  for (;;) {
    const answer = await ask(port, requestText('GET', '/readyz'));
    if (answer.status === status) return answer.body;
  }
}

describe('the standalone server records sessions', () => {
  test('of clients that come, talk and leave, and of those that a shutdown sends away', async () => {
    const program = new Standalone('serve', '--port', '0');
    const url = await hubUrl(program);
    const ada = await enterChatAs('Ada', url);
    await ada.client.invoke('SendMessage', 'hello');
    await ada.client.stop();
    const staying = await Promise.all(Array.from({ length: 20 }, () => connect(url, { retryDelays: [600_000] })));
    // Under load: the calls are not awaited.
    for (const client of staying) for (let call = 0; call < 20; call++) client.invoke('GetUsers').catch(() => {});
    const invited = staying.map((client) => new Promise((done) => client.onreconnecting(done)));
    program.kill('SIGTERM');
    await Promise.all(invited);
    expect(await program.exited).toBe(0);
    const records = await recordsIn(program.data);
    expect(records).toHaveLength(21);
    expect(records.every(({ disconnectedAt, durationMs }) => disconnectedAt !== null && durationMs !== null)).toBe(
      true,
    );
    const reasons = records.map(({ closeReason }) => closeReason).sort();
    expect(reasons).toEqual(['client-closed', ...Array(20).fill('server-draining')]);
    expect(new Set(records.map(({ connectionId }) => connectionId)).size).toBe(21);
    const first = records.find(({ closeReason }) => closeReason === 'client-closed');
    expect(first).toMatchObject({ hub: '/hubs/chat', transport: 'WebSockets', remoteAddress: '127.0.0.1', user: null });
    // SetUsername, SendMessage, and the pings of the official client.
    expect(first?.messagesIn).toBeGreaterThanOrEqual(2);
  });

  test('over all transports and protocols, each with the node that had it', async () => {
    const data = temporaryFolder();
    const visits: (TransportProtocol | undefined)[] = [];
    const nodes = new Set<string | null>();
    for (const _start of [1, 2]) {
      const program = new Standalone('serve', '--port', '0', '--data', data);
      const url = await hubUrl(program);
      const ways = new Map<string | null, TransportProtocol>();
      for (const way of TRANSPORT_PROTOCOLS) ways.set((await connect(url, by(way))).connectionId, way);
      program.kill('SIGTERM');
      expect(await program.exited).toBe(0);
      const records = (await recordsIn(data)).filter(({ connectionId }) => ways.has(connectionId));
      for (const { connectionId, transport, protocol } of records) {
        expect([transport, protocol]).toEqual(ways.get(connectionId));
        visits.push(ways.get(connectionId));
      }
      const [node, ...others] = new Set(records.map(({ nodeId }) => nodeId));
      expect(node?.startsWith(`${hostname()}-`)).toBe(true);
      expect(others).toEqual([]);
      nodes.add(node ?? null);
    }
    expect(visits).toHaveLength(2 * TRANSPORT_PROTOCOLS.length);
    expect(nodes.size).toBe(2);
  });

  test('and after a SIGKILL the next start finds the open ones lost, none missing and none twice', async () => {
    const data = temporaryFolder();
    const killed = new Standalone('serve', '--port', '0', '--data', data);
    const url = await hubUrl(killed);
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect(url)));
    const ids = clients.map(({ connectionId }) => connectionId);
    await eventually(() => openIn(data) === 20);
    // It is undefined which of these are saved by then. Each must be there at most once, and have an end.
    for (const client of clients.slice(0, 5)) client.stop();
    killed.kill('SIGKILL');
    await killed.exited;
    const next = new Standalone('serve', '--port', '0', '--data', data);
    await next.port();
    next.kill('SIGTERM');
    await next.exited;
    const records = await recordsIn(data);
    const ofClients = records.filter(({ connectionId }) => ids.includes(connectionId));
    expect(new Set(ofClients.map(({ connectionId }) => connectionId)).size).toBe(ofClients.length);
    expect(records.filter(({ disconnectedAt }) => disconnectedAt === null)).toEqual([]);
    for (const { closeReason } of ofClients) expect(['lost', 'client-closed']).toContain(closeReason);
    expect(ofClients).toHaveLength(20);
    const stayed = ofClients.filter(({ connectionId }) => ids.indexOf(connectionId) >= 5);
    expect(stayed.map(({ closeReason }) => closeReason)).toEqual(Array(15).fill('lost'));
  });

  test('and while another process holds the database, calls go on in their order, readiness says so, and nothing is lost', async () => {
    const unlimited = ['--rates-calls-per-second', '0', '--rates-bytes-per-second', '0'];
    const program = new Standalone('serve', '--port', '0', ...unlimited);
    const url = await hubUrl(program);
    const port = await program.port();
    const holder = await lock(join(program.data, 'signalbox.db'));
    const client = await connect(url);
    const body = await readyWith(port, 503);
    expect(JSON.parse(body)).toMatchObject({ ready: false, problems: [{ part: 'storage' }] });
    const answers: unknown[] = [];
    const since = performance.now();
    let calls = 0;
    while (performance.now() - since < LOCKED_MS) {
      for (const end = calls + 100; calls < end; calls++) {
        const call = calls;
        client.invoke('SendMessage', `${call}`).then(() => answers.push(call));
      }
      await client.invoke('GetStats');
    }
    expect(answers).toEqual(Array.from({ length: calls }, (_, at) => at));
    await client.stop();
    await holder.release();
    await readyWith(port, 200);
    program.kill('SIGTERM');
    expect(await program.exited).toBe(0);
    expect(await recordsIn(program.data)).toMatchObject([{ closeReason: 'client-closed' }]);
  });
});
