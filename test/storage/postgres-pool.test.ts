// The pool of connections to PostgreSQL: one transaction for each piece of work, and what happens when it fails.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { defer } from '../../src/promises.ts';
import { POOL_LIMITS, type PoolLimits } from '../../src/storage/postgres/postgres-limits.ts';
import { loadPg } from '../../src/storage/postgres/postgres-package.ts';
import { PostgresPool } from '../../src/storage/postgres/postgres-pool.ts';
import { readPostgresUrl } from '../../src/storage/postgres/postgres-url.ts';
import type { Transaction } from '../../src/storage/postgres/transaction.ts';
import { StorageError } from '../../src/storage/storage.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { Child } from '../support/child.ts';
import { eventually } from '../support/inbox.ts';
import { hasPostgres, type PostgresDatabase, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { SHORT_LIMITS } from '../support/short-limits.ts';
import { forbidUncaught } from '../support/undisturbed.ts';

let server: PostgresServer;
let database: PostgresDatabase;

beforeAll(async () => {
  if (!hasPostgres) return;
  server = await startPostgres();
  database = await server.database();
});
afterAll(() => server?.stop());

forbidUncaught();

interface PoolSettings {
  readonly url?: string;
  readonly limits?: PoolLimits;
  readonly clock?: Clock;
}

async function openPool({ url = database.url, limits = POOL_LIMITS, clock = systemClock }: PoolSettings = {}) {
  const pool = new PostgresPool({ pg: await loadPg(), address: readPostgresUrl(url), limits, clock });
  onTestFinished(() => pool.close());
  return pool;
}

/** The process of PostgreSQL that serves the connection. */
async function processOf(transaction: Transaction): Promise<number> {
  const [row] = await transaction.query<{ readonly pid: number }>('SELECT pg_backend_pid() AS pid');
  return row?.pid ?? 0;
}

const problem = (problem: string, text: RegExp) => ({ problem, message: expect.stringMatching(text) });
/** Raises an error of PostgreSQL. */
const raise = (code: string) => `DO $$ BEGIN RAISE 'on purpose' USING ERRCODE = '${code}'; END $$`;

describe.runIf(hasPostgres)('a transaction', () => {
  test('has limits that the server keeps, for itself alone', async () => {
    const pool = await openPool();
    const [settings] = await pool.run((transaction) =>
      transaction.query(
        `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
           current_setting('idle_in_transaction_session_timeout') AS idle`,
      ),
    );
    expect(settings).toEqual({ statement: '3s', lock: '2s', idle: '5s' });
  });

  test('is isolated as our statements need it, whatever the database has as its default', async () => {
    const { name, url } = await server.database();
    await server.query(`ALTER DATABASE ${name} SET default_transaction_isolation = 'serializable'`);
    const pool = await openPool({ url });
    const [row] = await pool.run((transaction) => transaction.query('SHOW transaction_isolation'));
    expect(row).toEqual({ transaction_isolation: 'read committed' });
  });

  test('that went on after an error is not taken for done', async () => {
    const pool = await openPool();
    const done = pool.run(async (transaction) => {
      await transaction.run(raise('22000')).catch(() => {});
    });
    await expect(done).rejects.toMatchObject(problem('failed', /with an error was to be committed, and was undone/));
  });

  test('gets numbers of 8 bytes as numbers, and keeps exact decimal numbers as texts', async () => {
    const pool = await openPool();
    const [row] = await pool.run((transaction) =>
      transaction.query(`SELECT 5::bigint AS one, '{6,7}'::bigint[] AS many, 1.10::numeric AS amount`),
    );
    expect(row).toEqual({ one: 5, many: [6, 7], amount: '1.10' });
  });

  test('takes texts with characters that PostgreSQL has not, and gives them back', async () => {
    const pool = await openPool();
    const [row] = await pool.run((transaction) =>
      transaction.query('SELECT $1::text AS one, $2::text[] AS many', ['a\0b', ['\0', 'c\ud800d']]),
    );
    expect(row).toEqual({ one: 'a\0b', many: ['\0', 'c\ud800d'] });
  });

  test('says in the list of connections whose it is, or what the URL says', async () => {
    for (const [query, name] of [
      ['', 'signalbox'],
      ['?application_name=chat', 'chat'],
    ]) {
      const pool = await openPool({ url: `${database.url}${query}` });
      expect(await pool.run((transaction) => transaction.query('SHOW application_name'))).toEqual([
        { application_name: name },
      ]);
    }
  });
});

describe.runIf(hasPostgres)('a piece of work', () => {
  test.each(['40001', '40P01', '55P03', '57014', '57P03', '53300', '08006'])(
    'is done again after %s, which may pass',
    async (code) => {
      const pool = await openPool();
      let tries = 0;
      await pool.run(async (transaction) => {
        tries += 1;
        if (tries < 3) await transaction.run(raise(code));
      });
      expect(tries).toBe(3);
    },
  );

  test.each(['23505', '22P02', '42501', '53100', '25006'])('is not done again after %s', async (code) => {
    const pool = await openPool();
    let tries = 0;
    const done = pool.run(async (transaction) => {
      tries += 1;
      await transaction.run(raise(code));
    });
    await expect(done).rejects.toBeInstanceOf(StorageError);
    expect(tries).toBe(1);
  });

  test('that throws an error of ours rejects with it, and nothing of it is done', async () => {
    const pool = await openPool();
    await server.query('CREATE TABLE IF NOT EXISTS notes (note text); GRANT ALL ON notes TO PUBLIC', database.name);
    const conflict = new StorageError('failed', 'somebody was faster');
    const done = pool.run(async (transaction) => {
      await transaction.run(`INSERT INTO notes VALUES ('x')`);
      throw conflict;
    });
    await expect(done).rejects.toBe(conflict);
    expect(await server.query('SELECT * FROM notes', database.name)).toEqual([]);
  });

  test('does not get a connection that has seen an error, and gets one that has not', async () => {
    const pool = await openPool({ url: `${database.url}?connections=1` });
    const first = await pool.run(processOf);
    expect(await pool.run(processOf)).toBe(first);
    await expect(pool.run((transaction) => transaction.run(raise('22000')))).rejects.toThrow('on purpose');
    expect(await pool.run(processOf)).not.toBe(first);
  });

  test('is done again when its connection ends, also between two statements', async () => {
    const pool = await openPool();
    const ended: number[] = [];
    const last = await pool.run(async (transaction) => {
      const id = await processOf(transaction);
      if (ended.length < 2) {
        ended.push(id);
        await server.query(`SELECT pg_terminate_backend(${id}, 5000)`);
      }
      return processOf(transaction);
    });
    expect(ended).toHaveLength(2);
    expect(ended).not.toContain(last);
  });

  test('does not notice that idle connections have ended', async () => {
    const pool = await openPool({ url: `${database.url}?connections=3` });
    const ids = await Promise.all([processOf, processOf, processOf].map((work) => pool.run(work)));
    await Promise.all(ids.map((id) => server.query(`SELECT pg_terminate_backend(${id}, 5000)`)));
    expect(ids).not.toContain(await pool.run(processOf));
  });

  test('that takes too long is given up, and its connection ends', async () => {
    const pool = await openPool({ limits: SHORT_LIMITS });
    const ids: number[] = [];
    const done = pool.run(async (transaction) => {
      ids.push(await processOf(transaction));
      for (;;) await transaction.query('SELECT pg_sleep(0.1)');
    });
    await expect(done).rejects.toMatchObject(problem('unreachable', /does not answer in time/));
    expect(ids).toHaveLength(1);
    const isThere = () => server.query(`SELECT FROM pg_stat_activity WHERE pid = ${ids[0]}`);
    while ((await isThere()).length > 0);
  });

  test('is refused at once when too many wait', async () => {
    const pool = await openPool({ url: `${database.url}?connections=2`, limits: { ...POOL_LIMITS, waiting: 3 } });
    const gate = defer();
    const waiting = Array.from({ length: 5 }, () => pool.run(() => gate.promise));
    await expect(pool.run(processOf)).rejects.toMatchObject(
      problem('unreachable', /does not keep up: 3 requests wait for one of 2 connections\. .* more `connections`\.$/),
    );
    gate.resolve();
    await Promise.all(waiting);
    await pool.run(processOf);
  });
});

/** A port behind which there is no PostgreSQL. @returns its URL, and the number of its connections. */
async function otherPort(connected: (socket: Socket) => void) {
  let connections = 0;
  const listener = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
    connected(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void listener.close());
  const { port } = listener.address() as AddressInfo;
  return { url: `postgres://bob:secret@127.0.0.1:${port}/data`, count: () => connections };
}

/** A message of PostgreSQL. */
function message(kind: string, content: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(4 + content.length);
  return Buffer.concat([Buffer.from(kind), size, content]);
}

test('a connection that ends in the moment in which it is ready is no uncaught exception', async () => {
  const { url } = await otherPort((socket) => {
    const ready = [message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))];
    const end = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'));
    socket.once('data', () => socket.end(Buffer.concat([...ready, end])));
  });
  const pool = await openPool({ url, limits: SHORT_LIMITS });
  await expect(pool.run(async () => {})).rejects.toMatchObject({ problem: 'unreachable' });
});

describe('a database that cannot be reached', () => {
  const refusingPort = () => otherPort((socket) => socket.destroy());

  test('is tried again, after longer and longer times of the clock, until the work has to be given up', async () => {
    const clock = new SimulatedClock();
    const { url, count } = await refusingPort();
    const pool = await openPool({ url, clock });
    let refused: unknown;
    pool
      .run(async () => {})
      .catch((error: unknown) => {
        refused = error;
      });
    const begun = clock.now();
    while (refused === undefined) {
      // Time passes between two tries only.
      await eventually(() => refused !== undefined || clock.pending > 0);
      clock.increment(20);
    }
    expect(refused).toMatchObject(problem('unreachable', /^PostgreSQL at 127\.0\.0\.1:\d+\/data cannot be reached/));
    expect(String(refused)).not.toMatch(/bob|secret/);
    // The last try begins before 6 s are over, and a pause is 1 s at most. They are long enough for few tries.
    expect(clock.now() - begun).toBeGreaterThanOrEqual(5_000);
    expect(clock.now() - begun).toBeLessThan(6_100);
    expect(count()).toBeGreaterThan(5);
    expect(count()).toBeLessThan(60);
  });

  test('keeps nobody waiting when the pool is closed', async () => {
    const clock = new SimulatedClock();
    const { url, count } = await refusingPort();
    const pool = await openPool({ url, clock });
    const done = pool.run(async () => {});
    done.catch(() => {});
    await eventually(() => count() > 0 && clock.pending > 0);
    await pool.close();
    await expect(done).rejects.toMatchObject({ problem: 'unreachable' });
    await expect(pool.run(async () => {})).rejects.toMatchObject({ problem: 'closed' });
  });
});

describe.runIf(hasPostgres)('a pool that is closed', () => {
  test('waits for its work, and then has no connection', async () => {
    const { name, url } = await server.database();
    const pool = await openPool({ url });
    const work = Array.from({ length: 20 }, () =>
      pool.run((transaction) => transaction.query('SELECT pg_sleep(0.02)')),
    );
    await pool.close();
    expect((await Promise.allSettled(work)).map(({ status }) => status)).toEqual(Array(20).fill('fulfilled'));
    await server.gone(name);
  });

  test('does not wait for a server that has stopped', async () => {
    const stopping = await startPostgres();
    onTestFinished(() => stopping.stop());
    const { url } = await stopping.database();
    const pool = await openPool({ url, limits: SHORT_LIMITS });
    const gate = defer();
    // One connection is idle, one is at work.
    const both = [0, 1].map(() => pool.run(() => gate.promise));
    gate.resolve();
    await Promise.all(both);
    stopping.pause();
    const work = pool.run(processOf);
    work.catch(() => {});
    await pool.close();
    await expect(work).rejects.toBeInstanceOf(StorageError);
    stopping.resume();
  });

  test('or left open does not keep the process running', async () => {
    const program = new Child(new URL('../support/idle-postgres.ts', import.meta.url), database.url);
    expect(await program.ended).toBe(0);
    expect(program.stdout.all).toEqual(['open']);
  });
});
