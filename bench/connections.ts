// What a connection costs the server: CPU time to open and to close it, at 1,000 and at 10,000 connections, since what grows
// with their number (O(n^2) in sum) shows in the ratio; and memory while it is idle. The server is a process of its own, so
// that the clients' cost is not counted. `npm run bench:connections`
import { FleetServer, freeDescriptors, openFleet, type Sailor } from '../test/support/fleet.ts';

const FEW = 1_000;
const MANY = Math.min(10_000, freeDescriptors(10_300) - 300);
/** Few connections take so little time that one garbage collection shows: the median of several rounds counts. */
const ROUNDS = 5;

interface Cpu {
  readonly open: number;
  readonly close: number;
}

async function close(server: FleetServer, fleet: readonly Sailor[]): Promise<void> {
  for (const { client } of fleet) client.socket.end();
  await server.ask('emptied');
}

async function started(): Promise<{ server: FleetServer; port: number }> {
  const server = new FleetServer();
  const { port } = await server.ask('listen');
  return { server, port };
}

/** Microseconds for each of `count` connections. */
async function cpuOf(server: FleetServer, port: number, count: number): Promise<Cpu> {
  const before = await server.ask('cpu');
  const fleet = await openFleet(port, count);
  const opened = await server.ask('cpu');
  await close(server, fleet);
  const closed = await server.ask('cpu');
  return { open: (opened - before) / count, close: (closed - opened) / count };
}

async function measureCpu(): Promise<{ readonly few: Cpu; readonly many: Cpu }> {
  const { server, port } = await started();
  // Code that has run before is compiled.
  for (let round = 0; round < ROUNDS; round++) await cpuOf(server, port, FEW);
  const rounds: Cpu[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await cpuOf(server, port, FEW));
  const many = await cpuOf(server, port, MANY);
  await server.stop();
  return { few: { open: median(rounds.map((r) => r.open)), close: median(rounds.map((r) => r.close)) }, many };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/** KiB for each of `MANY` connections, in a server that has hardly done anything: its heap has no room from before. */
async function measureMemory(): Promise<number> {
  const { server, port } = await started();
  await close(server, await openFleet(port, 100));
  const before = await server.ask('memory');
  const fleet = await openFleet(port, MANY);
  const kibi = ((await server.ask('memory')) - before) / MANY / 1_024;
  await close(server, fleet);
  await server.stop();
  return kibi;
}

function row(what: string, few: number, many: number): string {
  const columns = [`${few.toFixed(0)} us`, `${many.toFixed(0)} us`, (many / few).toFixed(2)];
  return what.padEnd(36) + columns.map((column) => column.padStart(10)).join('');
}

const { few, many } = await measureCpu();
const memory = await measureMemory();
console.log('CPU of a connection, at'.padEnd(36) + [FEW, MANY, 'ratio'].map((head) => `${head}`.padStart(10)).join(''));
console.log(row('to open (upgrade, handshake, groups)', few.open, many.open));
console.log(row('to close', few.close, many.close));
console.log(`RSS of an idle connection: ${memory.toFixed(1)} KiB, at ${MANY}`);
