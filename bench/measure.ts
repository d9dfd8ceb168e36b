// `npm run bench` without `--against`: measures the cases that are asked for.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../scripts/program.ts';
import { type Arguments, readArguments } from './arguments.ts';
import { type Case, fileNameOf, parametersFor, secondsFor, secondsOf } from './case.ts';
import { type MicroResult, runMicroBenchmarks } from './micro/all.ts';
import { DATA, PEERS, type Peer, type PeerName } from './peers/peers.ts';
import { minutes, Progress } from './report/progress.ts';
import { type CaseResult, machine, resultOf } from './report/results.ts';
import { nameAt, RESULTS, save } from './report/saved.ts';
import { microTable, tableOf, warningsOf } from './report/table.ts';
import { chooseCores } from './rig/cores.ts';
import { runOnce } from './rig/rig.ts';
import type { Figures } from './scenarios/scenario.ts';
import { kindOf, select } from './selection.ts';

/** The requested peers (default: all) that can take part. */
function ableOf({ peers = Object.keys(PEERS) as PeerName[] }: Arguments): readonly PeerName[] {
  return peers.filter((name) => {
    const why = PEERS[name].missing();
    if (why !== undefined) console.log(`${PEERS[name].title} is left out: ${why}.\n`);
    return why === undefined;
  });
}

/** Arguments and plan. */
function prepare() {
  if (process.platform !== 'linux') throw new UsageError('it reads CPU times from /proc, so it runs on Linux only.');
  const asked = readArguments(process.argv.slice(2));
  const able = ableOf(asked);
  return { asked, plan: select(asked, able), kind: kindOf(asked, able) };
}

async function runCase(one: Case): Promise<CaseResult> {
  const figures = new Map<string, Figures[]>(one.peers.map((peer) => [peer, []]));
  // Each round measures all peers, so that a temporary disturbance of the machine affects all of them.
  for (let round = 1; round <= one.runs; round++) {
    for (const name of one.peers) {
      const peer: Peer = PEERS[name];
      progress.running(one.title, `${peer.title}, run ${round} of ${one.runs}`);
      const profiles =
        asked.isProfiled && peer.isOurs ? join(profileFolder, `${fileNameOf(one)}-${name}-${round}`) : undefined;
      const command = peer.command({ flags: one.serverFlags ?? [], profiles });
      const job = { scenario: one.scenario, parameters: parametersFor(one, peer), dialect: peer.dialect };
      const measured = await runOnce(cores, { command, profiles }, job);
      const reasons = one.scenario === 'slow' && peer.slowConsumers ? { slowConsumers: peer.slowConsumers() } : {};
      figures.get(name)?.push({ ...measured, ...reasons });
      progress.did(secondsFor(one, peer));
    }
  }
  return resultOf(one, figures);
}

const at = new Date().toISOString();
const began = performance.now();
const profileFolder = join(RESULTS, 'profiles', nameAt(at));
const { asked, plan, kind } = prepare();
const cores = chooseCores();
rmSync(DATA, { recursive: true, force: true });
const peers = new Set(plan.flatMap((one) => one.peers));
for (const name of peers) PEERS[name].prepare();
const dotnet = peers.has('aspnetcore') ? execFileSync('dotnet', ['--version'], { encoding: 'utf8' }).trim() : undefined;
const about = machine(cores.text, dotnet);
for (const [name, value] of Object.entries(about)) console.log(`${name.padEnd(10)} ${value}`);
const seconds = secondsOf(plan);
console.log(`${'takes'.padEnd(10)} about ${minutes(seconds)}\n`);

const progress = new Progress(seconds);
const cases: CaseResult[] = [];
for (const one of plan) {
  const result = await runCase(one);
  cases.push(result);
  progress.finished([tableOf(result), ...warningsOf(result)].join('\n'));
}
let micro: readonly MicroResult[] = [];
if (asked.hasMicro) {
  progress.running('micro benchmarks');
  micro = await runMicroBenchmarks();
  progress.finished(microTable(micro));
}
rmSync(DATA, { recursive: true, force: true });
console.log(save({ at, kind, machine: about, cases, micro }));
if (asked.isProfiled) console.log(`Profiles are in ${profileFolder}.`);
console.log(`It took ${minutes((performance.now() - began) / 1_000)}.`);
// The servers of the micro benchmarks still have their connections.
process.exit();
