// `npm run bench`: all of it. `-- --quick`: less than a minute. `-- broadcast echo`: the cases of these scenarios.
// `-- micro`: the micro benchmarks. `--runs N`: how often. `--peers a,b`: only against these.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type MicroResult, runMicroBenchmarks } from './micro/all.ts';
import { DATA, PEERS, type Peer, type PeerName } from './peers/peers.ts';
import { type Case, fullPlan, quickPlan } from './plan.ts';
import { minutes, Progress } from './report/progress.ts';
import { type CaseResult, machine, type Results, resultOf } from './report/results.ts';
import { microTable, tableOf, warningsOf } from './report/table.ts';
import { chooseCores } from './rig/cores.ts';
import { runOnce } from './rig/rig.ts';
import { SCENARIOS } from './scenarios/all.ts';
import type { Figures } from './scenarios/scenario.ts';

const RESULTS = resolve('bench/results');

function fail(text: string): never {
  console.error(`bench: ${text}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { quick: { type: 'boolean', default: false }, runs: { type: 'string' }, peers: { type: 'string' } },
    });
  } catch (error) {
    return fail((error as Error).message);
  }
}

function chosenPeers(list: string | undefined): readonly PeerName[] {
  const names = Object.keys(PEERS) as PeerName[];
  if (list === undefined) return names;
  const chosen = list.split(',');
  const unknown = chosen.find((name) => !(name in PEERS));
  if (unknown !== undefined) fail(`there is no peer ${unknown}; there are ${names.join(', ')}.`);
  return names.filter((name) => name === 'signalbox' || chosen.includes(name));
}

/** Who can take part, built. */
function present(names: readonly PeerName[]): ReadonlySet<PeerName> {
  const able = names.filter((name) => {
    const why = PEERS[name].missing();
    if (why !== undefined) console.log(`${PEERS[name].title} is left out: ${why}.\n`);
    return why === undefined;
  });
  for (const name of able) PEERS[name].prepare();
  return new Set(able);
}

async function runCase(one: Case, peers: readonly PeerName[], progress: Progress): Promise<CaseResult> {
  const figures = new Map<string, Figures[]>(peers.map((peer) => [peer, []]));
  // Each round has all peers in it, so that what disturbs the machine for a while disturbs all of them.
  for (let round = 1; round <= one.runs; round++) {
    for (const name of peers) {
      const peer: Peer = PEERS[name];
      progress.running(`${one.title}: ${peer.title}, run ${round} of ${one.runs}`);
      const { parameters } = one;
      const warmMs = 'warmMs' in parameters ? { warmMs: parameters.warmMs + peer.extraWarmMs } : {};
      const job = { scenario: one.scenario, parameters: { ...parameters, ...warmMs }, dialect: peer.dialect };
      const measured = await runOnce(cores, peer.command(one.serverFlags ?? []), job);
      const reasons = one.scenario === 'slow' && peer.slowConsumers ? { slowConsumers: peer.slowConsumers() } : {};
      figures.get(name)?.push({ ...measured, ...reasons });
      progress.did(one.seconds);
    }
  }
  return resultOf(one, figures);
}

function save(results: Results): string {
  mkdirSync(RESULTS, { recursive: true });
  const text = `${JSON.stringify(results, null, 2)}\n`;
  const file = join(RESULTS, `${results.at.replaceAll(/[:.]/g, '-')}.json`);
  writeFileSync(file, text);
  writeFileSync(join(RESULTS, 'latest.json'), text);
  return file;
}

if (process.platform !== 'linux') fail('it reads CPU times from /proc, so it runs on Linux only.');
const { values, positionals } = readArguments();
const began = performance.now();
const wanted = positionals.filter((name) => name !== 'micro');
const unknown = wanted.find((name) => !(name in SCENARIOS));
if (unknown !== undefined)
  fail(`there is no scenario ${unknown}; there are ${Object.keys(SCENARIOS).join(', ')}, micro.`);
const runs = values.runs === undefined ? undefined : Number(values.runs);
if (runs !== undefined && !(Number.isInteger(runs) && runs > 0))
  fail(`--runs takes a whole number, not ${values.runs}.`);

const cores = chooseCores();
rmSync(DATA, { recursive: true, force: true });
const peers = present(chosenPeers(values.peers));
const plan = (values.quick ? quickPlan() : fullPlan(runs))
  .filter(({ scenario }) => positionals.length === 0 || wanted.includes(scenario))
  .map((one) => ({ ...one, alone: one.peers.length === 1, peers: one.peers.filter((peer) => peers.has(peer)) }))
  // With nobody left to compare with, there is nothing to see.
  .filter((one) => one.alone || one.peers.length > 1);
const seconds = plan.reduce((sum, one) => sum + one.seconds * one.runs * one.peers.length, 0);
const dotnet = peers.has('aspnetcore') ? execFileSync('dotnet', ['--version'], { encoding: 'utf8' }).trim() : undefined;
const about = machine(cores.text, dotnet);
for (const [name, value] of Object.entries(about)) console.log(`${name.padEnd(10)} ${value}`);
console.log(`${'takes'.padEnd(10)} about ${minutes(seconds)}\n`);

const progress = new Progress(seconds);
const cases: CaseResult[] = [];
for (const one of plan) {
  const result = await runCase(one, one.peers, progress);
  cases.push(result);
  progress.finished([tableOf(result), ...warningsOf(result)].join('\n'));
}
let micro: readonly MicroResult[] = [];
if (positionals.includes('micro') || (positionals.length === 0 && !values.quick)) {
  progress.running('micro benchmarks');
  micro = await runMicroBenchmarks();
  progress.finished(microTable(micro));
}
rmSync(DATA, { recursive: true, force: true });
console.log(save({ at: new Date().toISOString(), machine: about, cases, micro }));
console.log(`took ${minutes((performance.now() - began) / 1_000)}`);
// The servers of the micro benchmarks still have their connections.
process.exit();
