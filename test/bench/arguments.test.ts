import { describe, expect, test } from 'vitest';
import { aloneIn, readSeconds } from '../../bench/alone.ts';
import { readArguments } from '../../bench/arguments.ts';
import { UsageError } from '../../scripts/program.ts';

const read = (line: string) => readArguments(line === '' ? [] : line.split(' '));

const EVERYTHING = {
  isQuick: false,
  isProfiled: false,
  runs: undefined,
  scenarios: undefined,
  hasMicro: true,
  peers: undefined,
};

describe('what is asked for', () => {
  test.each([
    ['', {}],
    ['--quick', { isQuick: true, hasMicro: false }],
    ['--runs 5', { runs: 5 }],
    ['--quick --runs 5', { isQuick: true, hasMicro: false, runs: 5 }],
    ['echo broadcast', { scenarios: ['broadcast', 'echo'], hasMicro: false }],
    ['echo micro --profile', { scenarios: ['echo'], isProfiled: true }],
    ['micro', { scenarios: [] }],
    ['--peers socket.io,ws-floor', { peers: ['signalbox', 'socket.io', 'ws-floor'] }],
    ['--peers signalbox', { peers: ['signalbox'] }],
  ])('%s', (line, differences) => {
    expect(read(line)).toEqual({ ...EVERYTHING, ...differences });
  });
});

describe('what cannot be', () => {
  const PEERS = 'there are signalbox, messagepack, socket.io, ws-loop, ws-floor, aspnetcore.';
  const FLAGS = 'there are --quick, --profile, --runs, --peers, --against, --seconds, --help.';
  const RUNS = '--runs takes a whole number from 1 to 9999, not';

  test.each([
    ['--fast', `no option is called --fast; ${FLAGS}`],
    ['--runs', '--runs takes a value: --runs N.'],
    ['--seconds 5', '--seconds belongs to a comparison, --against REF, and to what is measured alone.'],
    ['--runs 0', `${RUNS} '0'.`],
    ['--runs 1.5', `${RUNS} '1.5'.`],
    ['--runs 1e9', `${RUNS} '1e9'.`],
    ['--runs=', `${RUNS} ''.`],
    ['--peers nobody', `there is no peer 'nobody'; ${PEERS}`],
    ['--peers toString', `there is no peer 'toString'; ${PEERS}`],
    ['--peers=', `there is no peer ''; ${PEERS}`],
    [
      'shout',
      "there is no scenario 'shout'; there are broadcast, plain, paced, whisper, group, echo, connect, connect-cold, slow, churn, inspected, transport, micro.",
    ],
    ...['--quick', '--profile', '--runs 2', '--peers ws-floor'].map((flag) => [
      `micro ${flag}`,
      'micro measures parts without a server, so that no flag means anything to it alone.',
    ]),
  ] as [string, string][])('%s', (line, text) => {
    expect(() => read(line)).toThrow(new UsageError(text));
  });
});

describe.each([
  ['credentials', 'rates'],
  ['rates', 'nodes'],
  ['nodes', 'outage'],
  ['outage', 'history'],
  ['history', 'credentials'],
] as const)('%s', (word, other) => {
  test.each([
    ['', 60],
    ['--seconds 5', 5],
    ['--seconds=5', 5],
  ])('%s', (option, seconds) => {
    const argv = [...option.split(' '), word].filter((text) => text !== '');
    expect(aloneIn(argv)).toBe(word);
    expect(readSeconds(word, argv)).toBe(seconds);
  });

  test.each(['echo', other, '--quick', '--profile', '--runs 2', '--peers ws-floor'])(
    'are measured alone, not with %s',
    (more) => {
      expect(() => readSeconds(word, [word, ...more.split(' ')])).toThrow(
        new UsageError(`${word} is measured alone, and takes --seconds only.`),
      );
    },
  );

  test('are not asked for by other words', () => {
    expect(aloneIn(['echo', '--seconds', '5'])).toBeUndefined();
  });
});
