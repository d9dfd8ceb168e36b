import { parseArgs } from 'node:util';
import { PEERS, type PeerName } from './peers/peers.ts';
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

/** An error in the arguments. The text has the reason and the possible values. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Name of the micro benchmarks, which have neither runs nor peers. */
const MICRO = 'micro';

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
  runs: { type: 'string' },
  peers: { type: 'string' },
} as const;

/**
 * @param argv The arguments after `npm run bench --`.
 * @throws UsageError when they are invalid.
 */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(argv);
  const scenarios = scenariosOf(positionals);
  const areFlagsGiven = values.quick || values.profile || values.runs !== undefined || values.peers !== undefined;
  if (scenarios?.length === 0 && areFlagsGiven) {
    throw new UsageError('micro measures parts without a server, so that no flag means anything to it alone.');
  }
  return {
    isQuick: values.quick,
    isProfiled: values.profile,
    runs: values.runs === undefined ? undefined : runsOf(values.runs),
    scenarios,
    hasMicro: positionals.length === 0 ? !values.quick : positionals.includes(MICRO),
    peers: values.peers === undefined ? undefined : peersOf(values.peers),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    // Only the first sentence: the rest of Node's text is about positional arguments that look like flags.
    const [what] = (error as Error).message.split('. ');
    const flags = Object.keys(OPTIONS).map((name) => `--${name}`);
    throw new UsageError(`${what}; there are ${flags.join(', ')}, or --against REF with --seconds.`);
  }
}

function scenariosOf(names: readonly string[]): readonly ScenarioName[] | undefined {
  const known = Object.keys(SCENARIOS) as ScenarioName[];
  const unknown = names.find((name) => name !== MICRO && !known.includes(name as ScenarioName));
  if (unknown !== undefined) {
    throw new UsageError(`there is no scenario '${unknown}'; there are ${[...known, MICRO].join(', ')}.`);
  }
  return names.length === 0 ? undefined : known.filter((name) => names.includes(name));
}

function runsOf(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError(`--runs takes a whole number from 1 to 9999, not '${text}'.`);
  return Number(text);
}

function peersOf(list: string): readonly PeerName[] {
  const known = Object.keys(PEERS) as PeerName[];
  const names = list.split(',');
  const unknown = names.find((name) => !known.includes(name as PeerName));
  if (unknown !== undefined) throw new UsageError(`there is no peer '${unknown}'; there are ${known.join(', ')}.`);
  return known.filter((name) => name === 'signalbox' || names.includes(name));
}
