import { describe, expect, test } from 'vitest';
import { readArguments } from '../../bench/arguments.ts';
import { asksForCredentials, readCredentials } from '../../bench/credentials/arguments.ts';
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
    ['--seconds 5', '--seconds belongs to a comparison, --against REF --seconds N, and to credentials.'],
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

describe('credentials', () => {
  test.each([
    ['credentials', 60],
    ['credentials --seconds 5', 5],
    ['--seconds=5 credentials', 5],
  ])('%s', (line, seconds) => {
    expect(asksForCredentials(line.split(' '))).toBe(true);
    expect(readCredentials(line.split(' '))).toBe(seconds);
  });

  test.each([
    'credentials echo',
    'credentials --quick',
    'credentials --profile',
    'credentials --runs 2',
    'credentials --peers ws-floor',
  ])('are measured alone, not as %s', (line) => {
    expect(() => readCredentials(line.split(' '))).toThrow(
      new UsageError('credentials is measured alone, and takes --seconds only.'),
    );
  });

  test('are not asked for by other words', () => {
    expect(asksForCredentials(['echo', '--seconds', '5'])).toBe(false);
  });
});
