import { readGiven, UsageError, wholeNumber } from '../scripts/program.ts';
import { PEERS, type PeerName } from './peers/peers.ts';
import { BENCH } from './program.ts';
import { SCENARIOS, type ScenarioName } from './scenarios/all.ts';

/** Arguments of `npm run bench`. */
export interface Arguments {
  readonly isQuick: boolean;
  /** Whether signalbox writes CPU profiles. */
  readonly isProfiled: boolean;
  /** Number of runs of each case; undefined: as in the plan. */
  readonly runs: number | undefined;
  /** The named scenarios; undefined: all of the plan. */
  readonly scenarios: readonly ScenarioName[] | undefined;
  readonly hasMicro: boolean;
  /** The named peers, and signalbox; undefined: all. */
  readonly peers: readonly PeerName[] | undefined;
}

/** Name of the micro benchmarks, which have neither runs nor peers. */
const MICRO = 'micro';

/**
 * @param argv The arguments after `npm run bench --`.
 * @throws UsageError when they are invalid.
 */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, words } = readGiven(BENCH, argv);
  if (values.seconds !== undefined)
    throw new UsageError('--seconds belongs to a comparison, --against REF, and to what is measured alone.');
  const scenarios = scenariosOf(words);
  const areFlagsGiven = values.quick || values.profile || values.runs !== undefined || values.peers !== undefined;
  if (scenarios?.length === 0 && areFlagsGiven) {
    throw new UsageError('micro measures parts without a server, so that no flag means anything to it alone.');
  }
  return {
    isQuick: values.quick,
    isProfiled: values.profile,
    runs: values.runs === undefined ? undefined : wholeNumber('--runs', values.runs),
    scenarios,
    hasMicro: words.length === 0 ? !values.quick : words.includes(MICRO),
    peers: values.peers === undefined ? undefined : peersOf(values.peers),
  };
}

function scenariosOf(names: readonly string[]): readonly ScenarioName[] | undefined {
  const known = Object.keys(SCENARIOS) as ScenarioName[];
  const unknown = names.find((name) => name !== MICRO && !known.includes(name as ScenarioName));
  if (unknown !== undefined) {
    throw new UsageError(`there is no scenario '${unknown}'; there are ${[...known, MICRO].join(', ')}.`);
  }
  return names.length === 0 ? undefined : known.filter((name) => names.includes(name));
}

function peersOf(list: string): readonly PeerName[] {
  const known = Object.keys(PEERS) as PeerName[];
  const names = list.split(',');
  const unknown = names.find((name) => !known.includes(name as PeerName));
  if (unknown !== undefined) throw new UsageError(`there is no peer '${unknown}'; there are ${known.join(', ')}.`);
  return known.filter((name) => name === 'signalbox' || names.includes(name));
}
