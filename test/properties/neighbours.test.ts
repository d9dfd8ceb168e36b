import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { HubError, ProtocolError } from '../../src/errors.ts';
import { method, stream } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { MemoryServer, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';
import { abort, crashAtPing } from '../support/sessions.ts';
import type { TestClient } from './addresses.ts';
import { NEVER } from './never.ts';

/** Many more calls than a mailbox has room for, some of them invalid. */
const CALL_FLOOD: readonly unknown[] = Array.from({ length: 500 }, (_, at) => ({
  type: at % 7 === 0 ? 4 : 1,
  target: ['Echo', 'Fail', 'Nothing', 'Tell me'][at % 4],
  arguments: at % 3 === 0 ? [at] : [at, at],
  invocationId: `s${at}`,
}));

/** A hub in which every client receives the messages of all, and everything can fail. */
function createHub(trace: (id: string, what: string) => void) {
  const anything = any<unknown>();
  return setupHub({ client: {} as TestClient }).createHub({
    options: {
      slowConsumer: { highWaterBytes: 500, limitBytes: 5_000, limitMessages: 20, stallMs: 2_000 },
      keepAliveIntervalMs: 1_000,
      clientTimeoutMs: 3_000,
      invocationTimeoutMs: 1_000,
      maximumReceiveMessageBytes: 10_000,
    },
    methods: {
      Echo: method([anything], (_hub, value) => value),
      Tell: method([any<number>()], (hub, number) => hub.clients.all.send('Heard', number, 'x'.repeat(100))),
      TellRed: method([any<number>()], (hub, number) => hub.clients.group('red').send('Heard', number, '')),
      Join: method([], (hub) => hub.groups.add(hub.connectionId, 'red')),
      Fail: method([anything], () => {
        throw new HubError('failed');
      }),
      Hang: method([anything], () => NEVER),
      Count: stream([any<number>()], async function* (_hub, count) {
        for (let n = 0; n < count; n++) yield { n, padding: 'x'.repeat(100) };
      }),
      Sum: method([], { upload: [any<number>()] }, async (_hub, numbers) => {
        let sum = 0;
        for await (const n of numbers) sum += n;
        return sum;
      }),
      Ask: method([], (hub) => hub.clients.caller.invoke('Confirm', 1)),
      Flood: method([anything], (hub) => {
        for (let number = 0; number < 50; number++) hub.clients.caller.send('Heard', number, 'x'.repeat(500));
      }),
    },
    onConnected: (hub) => trace(hub.connectionId, 'connected'),
    onDisconnected: (hub, reason) => trace(hub.connectionId, `disconnected: ${reason.name}`),
  });
}

type Doing = readonly [name: string, act: (peer: Peer) => unknown];

const friendly = fc.constantFrom<Doing>(
  ['Echo', ({ client }) => client.invoke('Echo', [{ a: 1 }], 'echo')],
  ['Tell', ({ client }) => client.invoke('Tell', [7], 'tell')],
  ['TellRed', ({ client }) => client.invoke('TellRed', [8])],
  ['Join', ({ client }) => client.invoke('Join', [], 'join')],
  ['Fail', ({ client }) => client.invoke('Fail', [1], 'fail')],
  ['Hang', ({ client }) => client.invoke('Hang', [1], 'hang')],
  ['ping', ({ client }) => client.ping()],
  ['Count', ({ client }) => client.stream('Count', [3], 'count')],
  [
    'Sum',
    ({ client }) => {
      client.sendRecord({ type: 1, target: 'Sum', arguments: [], invocationId: 'sum', streamIds: ['numbers'] });
      client.sendItem('numbers', 1);
      client.complete('numbers');
    },
  ],
  ['Ask', ({ client }) => client.invoke('Ask', [], 'ask')],
  [
    'answers',
    ({ client }) => client.complete(client.requestedResults.at(-1)?.invocationId ?? 'nothing', { result: 1 }),
  ],
);

const nuisance = fc.constantFrom<Doing>(
  ['stalls', ({ client }) => client.stall()],
  ['flows', ({ client }) => client.flow()],
  ['takes a little', ({ client }) => client.take(50)],
  ['is flooded', ({ client }) => client.invoke('Flood', [1], 'flood')],
  ['has streams', ({ client }) => [1, 2, 3].map((n) => client.stream('Count', [300], `count ${n}`))],
  ['cancels streams', ({ client }) => [1, 2, 3].map((n) => client.cancel(`count ${n}`))],
  [
    'uploads a lot',
    ({ client }) => {
      client.sendRecord({ type: 1, target: 'Sum', arguments: [], streamIds: ['numbers'] });
      for (let n = 0; n < 300; n++) client.sendItem('numbers', n);
    },
  ],
  ['is asked a lot', ({ client }) => Array.from({ length: 150 }, () => client.invoke('Ask', []))],
  [
    'answers all, and more',
    ({ client }) => client.requestedResults.map(({ invocationId = '' }) => client.complete(invocationId)),
  ],
  ['joins', ({ client }) => client.invoke('Join', [], 'join')],
  ['hangs', ({ client }) => client.invoke('Hang', [1], 'hang')],
  ['calls a lot', ({ client }) => client.sendRecord(...CALL_FLOOD)],
  ['pings a lot', ({ client }) => client.send('{"type":6}\x1e'.repeat(2_000))],
  ['sends garbage', ({ client }) => client.send('}{\x1e')],
  ['sends too much', ({ client }) => client.send('x'.repeat(20_000))],
  ['leaves', ({ client }) => client.close()],
  ['is cut', ({ client }) => client.cut()],
  ['breaks a frame', ({ client }) => client.fail(new ProtocolError('broken'))],
  [
    'never answers',
    ({ client }) => {
      client.answersClose = false;
    },
  ],
  ['is sent away', ({ connection }) => abort(connection)],
  ['crashes', ({ connection }) => crashAtPing(connection, new Error('crashed on command'))],
);

type Step = { readonly by: 'friend' | 'neighbour'; readonly doing: Doing } | { readonly passes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ by: fc.constant('friend' as const), doing: friendly }),
  { weight: 2, arbitrary: fc.record({ by: fc.constant('neighbour' as const), doing: nuisance }) },
  fc.record({ passes: fc.constantFrom(100, 500, 2_500) }),
);

/** Everything that one connection and its client see of a history, with or without the steps of its neighbour. */
async function traceOf(steps: readonly Step[], options: { readonly withNeighbour: boolean }) {
  const trace: unknown[] = [];
  const hub = createHub((id, what) => {
    if (id === 'friend') trace.push([server.clock.now(), what]);
  });
  const server: MemoryServer = new MemoryServer(hub);
  const [neighbour, friend] = [await server.connect({ id: 'neighbour' }), await server.connect({ id: 'friend' })];
  for (const one of steps) {
    if ('passes' in one) await server.pass(one.passes);
    else if (one.by === 'friend') one.doing[1](friend);
    else if (options.withNeighbour) one.doing[1](neighbour);
    await server.settle();
    const { client } = friend;
    trace.push([server.clock.now(), [...client.frames], client.closeCode, client.isEnded]);
  }
  await server.pass(5_000);
  return { trace, records: friend.client.records };
}

describe('one client changes nothing for another', () => {
  property(
    'be it slow, hostile or crashing: the other one sees the same, at the same times',
    [fc.array(step, { maxLength: 30, size: 'max' })],
    { runs: 150, sometimes: ['the other one gets answers'] },
    async (steps, reached) => {
      const alone = await traceOf(steps, { withNeighbour: false });
      reached('the other one gets answers', alone.records.length > 1);
      expect(await traceOf(steps, { withNeighbour: true })).toEqual(alone);
    },
  );
});
