// PostgreSQL with one fault after the other, in any order, while sessions are recorded: nothing is lost or saved twice.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { type PostgresProxy, startPostgresProxy } from '../support/postgres-proxy.ts';
import { RecordedSite } from '../support/recorded-site.ts';
import { SHORT_LIMITS } from '../support/short-limits.ts';

const FAULTS_OF_A_RUN = 8;
const RUNS = 5;

let server: PostgresServer;
let proxy: PostgresProxy;

beforeAll(async () => {
  if (!hasPostgres) return;
  server = await startPostgres();
  proxy = await startPostgresProxy(server.port);
});
afterAll(async () => {
  proxy?.close();
  await server?.stop();
});

/** Begins a fault. @returns a function that ends it; undefined: it is over. */
type Fault = (name: string) => Promise<(() => unknown) | undefined>;

const FAULTS: Readonly<Record<string, Fault>> = {
  async killed() {
    await server.kill();
    return () => server.start();
  },
  async stopped() {
    server.pause();
    return () => server.resume();
  },
  async locked(name) {
    const other = await server.connect(name);
    await other.query('BEGIN; LOCK TABLE signalbox.sessions IN EXCLUSIVE MODE');
    return () => other.end();
  },
  async disconnected(name) {
    await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${name}'`);
    return undefined;
  },
  async cut() {
    proxy.plan(Array.from({ length: 6 }, (_, n) => ({ after: n % 4, answered: n % 3 })));
    return undefined;
  },
  async standby() {
    await server.kill();
    await server.startAsStandby();
    return () => server.query('SELECT pg_promote()');
  },
};

describe.runIf(hasPostgres)('PostgreSQL with one fault after the other', () => {
  const fault = fc.constantFrom(...Object.keys(FAULTS));
  const samples = fc.sample(fc.array(fault, { minLength: FAULTS_OF_A_RUN, maxLength: FAULTS_OF_A_RUN }), RUNS);

  test.each(samples.map((faults) => [faults]))('loses nothing: %s', async (faults) => {
    const { name } = await server.database();
    const url = server.urlOf(name, proxy.port);
    const site = await new RecordedSite(new PostgresStorage(url, systemClock, SHORT_LIMITS)).open();
    for (const kind of faults) {
      site.visit(300);
      const end = await (FAULTS[kind] as Fault)(name);
      site.visit(300);
      if (end === undefined) continue;
      await site.degraded(/PostgreSQL/);
      await end();
    }
    await site.ready();
    expect(site.recorder.status().dropped).toBe(0);
  });
});
