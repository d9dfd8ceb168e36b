import { parseArgs } from 'node:util';
import { PEERS, type PeerName } from './peers/peers.ts';
import { SCENARIOS, type ScenarioName } from './scenarios/all.ts';

/** What `npm run bench` was asked for. */
export interface Arguments {
  readonly isQuick: boolean;
  /** Whether our own server writes CPU profiles. */
  readonly isProfiled: boolean;
  /** How often each case is measured; undefined: as often as the plan says. */
  readonly runs: number | undefined;
  /** Those that were named; undefined: all of the plan. */
  readonly scenarios: readonly ScenarioName[] | undefined;
  readonly hasMicro: boolean;
  /** Those that were named, and ours; undefined: all. */
  readonly peers: readonly PeerName[] | undefined;
}

/** What was asked for cannot be done. The text says why, and what there is. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Of the parts alone, which know neither runs nor peers. */
const MICRO = 'micro';

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
  runs: { type: 'string' },
  peers: { type: 'string' },
} as const;

/**
 * @param argv What stands behind `npm run bench --`.
 * @throws UsageError when it makes no sense.
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
    // What Node adds to it is about positional arguments that look like flags.
    const [what] = (error as Error).message.split('. ');
    const flags = Object.keys(OPTIONS).map((name) => `--${name}`);
    throw new UsageError(`${what}; there are ${flags.join(', ')}.`);
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
