import type { Case } from './case.ts';
import type { PeerName } from './peers/peers.ts';
import type { ParametersOf, ScenarioName } from './scenarios/all.ts';

const ALL_PEERS: readonly PeerName[] = ['signalbox', 'ws-floor', 'ws-loop', 'socket.io', 'aspnetcore'];
const BOTH_PROTOCOLS: readonly PeerName[] = ['signalbox', 'messagepack'];
const LIBRARIES: readonly PeerName[] = ['signalbox', 'ws-floor', 'socket.io', 'aspnetcore'];
const WITH_LIMITS: readonly PeerName[] = ['signalbox', 'socket.io', 'aspnetcore'];
const WITH_TRANSPORTS: readonly PeerName[] = ['signalbox', 'aspnetcore'];
const WITH_PLAIN_CLIENTS: readonly PeerName[] = ['signalbox', 'ws-floor', 'ws-loop'];
const OURS: readonly PeerName[] = ['signalbox'];

const BYTES = 128;
const WARM_MS = 1_000;
const MEASURE_MS = 2_000;
const STEADY = { bytes: BYTES, warmMs: WARM_MS, measureMs: MEASURE_MS };

/** A case with the usual values, except those that are given. */
function caseOf<S extends ScenarioName>(
  scenario: S,
  title: string,
  parameters: ParametersOf<S>,
  rest: Partial<Case<S>> = {},
): Case<S> {
  return { scenario, title, parameters, peers: ALL_PEERS, runs: 3, seconds: 4.5, ...rest };
}

const SHORT = { ServerSentEvents: 'SSE', LongPolling: 'Long Polling' } as const;

/** The whole benchmark. */
export function fullPlan(): readonly Case[] {
  const broadcasts = [100, 1_000, 5_000].flatMap((connections) =>
    [8, 1].map((inFlight) =>
      caseOf(
        'broadcast',
        `broadcast to ${thousands(connections)}, ${inFlight} in flight`,
        { ...STEADY, connections, inFlight },
        { seconds: 4 + connections / 1_500 },
      ),
    ),
  );
  const echoes = [1, 16].map((outstanding) =>
    caseOf('echo', `echo, ${outstanding} outstanding`, { ...STEADY, connections: 100, outstanding }),
  );
  const whispers = [
    { connections: 100, talkers: 100 },
    { connections: 5_000, talkers: 100 },
    { connections: 5_000, talkers: 5_000 },
  ].map(({ connections, talkers }) =>
    caseOf(
      'whisper',
      `whisper, ${thousands(talkers)} among ${thousands(connections)}`,
      { ...STEADY, connections, talkers, inFlight: 100 },
      { seconds: 4 + connections / 1_500 },
    ),
  );
  const inBothProtocols = [
    caseOf(
      'broadcast',
      'broadcast to 1,000, 8 in flight, MessagePack',
      { ...STEADY, connections: 1_000, inFlight: 8 },
      { peers: BOTH_PROTOCOLS },
    ),
    ...[1, 16].map((outstanding) =>
      caseOf(
        'echo',
        `echo, ${outstanding} outstanding, MessagePack`,
        { ...STEADY, connections: 100, outstanding },
        { peers: BOTH_PROTOCOLS },
      ),
    ),
  ];
  const toPlainClients = [8, 1].map((inFlight) =>
    caseOf(
      'plain',
      `plain to 1,000, ${inFlight} in flight`,
      { ...STEADY, connections: 1_000, inFlight },
      { peers: WITH_PLAIN_CLIENTS },
    ),
  );
  const overHttp = (['ServerSentEvents', 'LongPolling'] as const).flatMap((transport) =>
    [8, 1].map((inFlight) =>
      caseOf(
        'transport',
        `${SHORT[transport]} to 1,000, ${inFlight} in flight`,
        { ...STEADY, transport, connections: 1_000, inFlight },
        { peers: WITH_TRANSPORTS, seconds: 6 },
      ),
    ),
  );
  const slowCases = [0, 10, 100].map((slow) =>
    caseOf('slow', `broadcast 4 KiB to 1,000, ${slow} slow`, slowParameters(slow, 10_000), {
      peers: WITH_LIMITS,
      runs: 1,
      seconds: 40,
    }),
  );
  const inspectors = (['off', 'on', 'attached'] as const).map((state) =>
    caseOf(
      'inspected',
      `echo, inspector ${state}`,
      { ...STEADY, connections: 100, outstanding: 1, isAttached: state === 'attached' },
      { peers: OURS, serverFlags: state === 'off' ? [] : ['--inspect'] },
    ),
  );
  const withRates = (['off', 'on'] as const).flatMap((state) =>
    [1, 16].map((outstanding) =>
      caseOf(
        'echo',
        `echo, ${outstanding} outstanding, rates ${state}`,
        { ...STEADY, connections: 100, outstanding },
        { peers: OURS, serverFlags: state === 'off' ? [] : ['--rates'] },
      ),
    ),
  );
  return [
    ...broadcasts,
    caseOf(
      'paced',
      '20 broadcasts a second to 1,000',
      { ...STEADY, connections: 1_000, messagesPerSecond: 20, measureMs: 4_000 },
      { seconds: 7 },
    ),
    caseOf(
      'group',
      '100 groups of 100',
      { ...STEADY, connections: 1_000, groups: 100, members: 100, inFlight: 8 },
      { seconds: 7 },
    ),
    ...whispers,
    ...echoes,
    ...inBothProtocols,
    ...toPlainClients,
    ...overHttp,
    caseOf(
      'connect',
      'connect 10,000',
      { connections: 10_000, sample: 1_000, settleMs: 3_000 },
      { peers: LIBRARIES, seconds: 22 },
    ),
    caseOf(
      'connect-cold',
      'connect 10,000, cold',
      { connections: 10_000, sample: 1_000, settleMs: 3_000 },
      // The first thousand connections of a process differ more from run to run than later ones.
      { peers: LIBRARIES, runs: 5, seconds: 8 },
    ),
    ...slowCases,
    caseOf(
      'churn',
      'connect, join 3 groups, leave',
      { parallel: 50, groups: 3, measureMs: 60_000 },
      { peers: OURS, runs: 1, seconds: 62 },
    ),
    ...inspectors,
    ...withRates,
  ];
}

/** The most important cases in less than a minute: single, short runs. */
export function quickPlan(): readonly Case[] {
  const short = { bytes: BYTES, warmMs: 400, measureMs: 600 };
  const rest = { peers: LIBRARIES, runs: 1, seconds: 2.2 };
  const besideALoop = { ...rest, peers: ['signalbox', 'ws-loop'] as const };
  return [
    caseOf('broadcast', 'broadcast to 1,000, 8 in flight', { ...short, connections: 1_000, inFlight: 8 }, rest),
    caseOf('broadcast', 'broadcast to 1,000, 1 in flight', { ...short, connections: 1_000, inFlight: 1 }, rest),
    caseOf('plain', 'plain to 1,000, 8 in flight', { ...short, connections: 1_000, inFlight: 8 }, besideALoop),
    caseOf('plain', 'plain to 1,000, 1 in flight', { ...short, connections: 1_000, inFlight: 1 }, besideALoop),
    caseOf(
      'whisper',
      'whisper, 100 among 100',
      { ...short, connections: 100, talkers: 100, inFlight: 100 },
      { ...rest, seconds: 1.8 },
    ),
    caseOf('echo', 'echo, 1 outstanding', { ...short, connections: 100, outstanding: 1 }, { ...rest, seconds: 1.8 }),
    caseOf('connect', 'connect 1,000', { connections: 1_000, sample: 500, settleMs: 200 }, { ...rest, seconds: 2.2 }),
  ];
}

/**
 * The kernel buffers about 4 MB for each loopback socket. As much is sent first, so that clients that do not read
 * become slow.
 */
function slowParameters(slow: number, measureMs: number): ParametersOf<'slow'> {
  return { connections: 1_000, slow, messagesPerSecond: 30, bytes: 4_096, fill: 1_200, fillMs: 25_000, measureMs };
}

function thousands(count: number): string {
  return count.toLocaleString('en');
}
