import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { readArguments } from '../../bench/arguments.ts';
import { type Case, fileNameOf, parametersFor, secondsOf } from '../../bench/case.ts';
import { PEERS, type PeerName } from '../../bench/peers/peers.ts';
import { fullPlan, quickPlan } from '../../bench/plan.ts';
import { kindOf, select } from '../../bench/selection.ts';
import { UsageError } from '../../scripts/program.ts';

const EVERYBODY = Object.keys(PEERS) as PeerName[];
const WITHOUT_DOTNET = EVERYBODY.filter((name) => name !== 'aspnetcore');
const ask = (line: string) => readArguments(line.split(' ').filter((word) => word !== ''));
const selected = (line: string, able = EVERYBODY) => select(ask(line), able);

describe.each([
  ['the full plan', fullPlan()],
  ['the quick plan', quickPlan()],
])('%s', (_name, plan) => {
  test('has each title once: tables and the folders of profiles are told apart by it', () => {
    const titles = plan.map(fileNameOf);
    expect(titles).toEqual([...new Set(titles)]);
  });

  test('lets a just-in-time compiler warm up for 2 s', () => {
    const warm = plan.map((one) => parametersFor(one, PEERS.aspnetcore)).filter((given) => 'warmMs' in given);
    expect(warm.length).toBeGreaterThan(0);
    for (const { warmMs } of warm) expect(warmMs).toBeGreaterThanOrEqual(2_000);
  });
});

test('--quick takes less than a minute with everybody', () => {
  expect(secondsOf(selected('--quick'))).toBeLessThan(60);
});

test.each(['plain', 'plain --quick', 'plain --peers ws-loop'])(
  '%s: plain clients beside a loop over ws, with 8 and with 1 in flight',
  (line) => {
    const cases = selected(line) as readonly Case<'plain'>[];
    expect(cases.map(({ parameters }) => parameters.inFlight)).toEqual([8, 1]);
    for (const { peers, parameters } of cases) {
      expect(peers).toEqual(expect.arrayContaining(['signalbox', 'ws-loop']));
      expect(parameters.connections).toBe(1_000);
    }
  },
);

describe('what is selected', () => {
  test('everything, by default', () => {
    expect(selected('')).toEqual(fullPlan());
    expect(selected('--quick')).toEqual(quickPlan());
  });

  test('--runs is for every case', () => {
    for (const line of ['--runs 7', '--quick --runs 7', 'slow churn --runs 7'])
      expect(new Set(selected(line).map(({ runs }) => runs))).toEqual(new Set([7]));
  });

  test('a case that has peers is left out when none of them takes part', () => {
    const cases = selected('--peers ws-loop');
    expect(cases.filter(({ peers }) => peers.length === 1).map(({ scenario }) => scenario)).toEqual(
      expect.arrayContaining(['churn', 'inspected']),
    );
    expect(cases.filter(({ scenario }) => scenario === 'slow' || scenario === 'connect')).toEqual([]);
    expect(selected('', WITHOUT_DOTNET).filter(({ scenario }) => scenario === 'transport')).toEqual([]);
  });

  test('ours alone where nobody else was asked for', () => {
    const cases = selected('slow echo --peers signalbox');
    expect(new Set(cases.map(({ scenario }) => scenario))).toEqual(new Set(['slow', 'echo']));
    expect(new Set(cases.flatMap(({ peers }) => peers))).toEqual(new Set(['signalbox']));
  });

  test('no case for micro alone', () => {
    expect(selected('micro')).toEqual([]);
  });

  test.prop([fc.subarray(EVERYBODY), fc.subarray(EVERYBODY, { minLength: 1 }), fc.boolean()])(
    'whoever can take part, nothing that was named is dropped without a word',
    (able, named, isQuick) => {
      const asked = ask(`--peers ${named.join(',')}${isQuick ? ' --quick' : ''}`);
      let cases: ReturnType<typeof select>;
      try {
        cases = select(asked, ['signalbox', ...able]);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        return;
      }
      expect(new Set(cases.flatMap(({ peers }) => peers))).toEqual(
        new Set(['signalbox', ...named.filter((name) => able.includes(name))]),
      );
    },
  );
});

describe('where nothing is left, the plan says what there is', () => {
  test.each([
    ['slow --quick', 'no case is left for slow.', 'the plan of --quick has:\n  broadcast  signalbox, ws-floor, '],
    ['slow echo --quick', 'no case is left for slow.', '\n  echo       signalbox, ws-floor, socket.io, aspnetcore'],
    ['--quick --peers messagepack', 'no case is left for messagepack.', 'the plan of --quick has:'],
    ['slow --peers ws-loop', 'no case is left for slow, ws-loop.', '\n  slow       signalbox, socket.io, aspnetcore\n'],
    ['echo --peers ws-floor,ws-loop --quick', 'no case is left for ws-loop.', 'the plan of --quick has:'],
  ])('%s', (line, missing, contents) => {
    expect(() => selected(line)).toThrow(UsageError);
    expect(() => selected(line)).toThrow(missing);
    expect(() => selected(line)).toThrow(contents);
  });

  test('also where the machine lacks the only peer', () => {
    expect(() => selected('transport', WITHOUT_DOTNET)).toThrow('no case is left for transport.');
    expect(() => selected('--quick --peers aspnetcore', WITHOUT_DOTNET)).toThrow('no case is left. ');
  });
});

describe('only a run of everything with everybody is whole', () => {
  test.each([
    ['', 'whole'],
    ['--runs 5', 'whole'],
    ['--quick', 'partial'],
    ['micro', 'partial'],
    ['echo', 'partial'],
    ['broadcast plain paced whisper group echo connect slow churn inspected transport', 'partial'],
    ['--peers ws-floor', 'partial'],
    ['--profile', 'profiled'],
    ['echo --quick --profile', 'profiled'],
  ])('%s', (line, kind) => {
    expect(kindOf(ask(line), EVERYBODY)).toBe(kind);
  });

  test('not without a peer that this machine lacks', () => {
    expect(kindOf(ask(''), WITHOUT_DOTNET)).toBe('partial');
  });
});
