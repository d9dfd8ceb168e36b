// Every way into a lane, with everything that can happen meanwhile: order, at most once, and what is missing.
import { describe, expect, test } from 'vitest';
import { isTracked, type MessageType } from '../../src/protocol/messages.ts';
import type { ResumableLane } from '../../src/routing/stateful-reconnect/resumable-lane.ts';
import type { Peer } from '../support/memory-server.ts';
import { ReturningClient } from '../support/returning-client.ts';
import { sessionOf } from '../support/sessions.ts';
import { LaneMatrix, PLAIN_GROUP, ROUTES, type Route } from './lane-matrix.ts';

const BEFORE = 4;
const DURING = 24;
const AFTER = 3;
const ALL = BEFORE + DURING + AFTER;

/** What a receiver must have heard: everything; all but what was sent meanwhile; the first ones; some, and the last. */
type Expected = 'all' | 'without those meanwhile' | 'only those before' | 'the first' | 'some';

interface Meanwhile {
  readonly name: string;
  /** Whether little may wait for a client. */
  readonly isNarrow?: boolean;
  /** Sends `DURING` messages while something happens. */
  run(matrix: LaneMatrix): Promise<void>;
  expected(route: Route, receiver: Peer): Expected;
}

const isKept = (route: Route): boolean => route === 'kept' || route === 'repaired';

/** The clients that can return lose their sockets, and return. */
async function returnAll(matrix: LaneMatrix): Promise<void> {
  const { nodes, here, returning } = matrix;
  matrix.send(1);
  for (const { client } of returning) client.cut();
  matrix.send(DURING / 2);
  await nodes.settle();
  matrix.send(DURING / 2 - 1);
  for (const peer of returning) expect(here.server.comeBack(peer)).toBe(true);
  await nodes.settle();
}

const MEANWHILES: readonly Meanwhile[] = [
  {
    name: 'nothing happens',
    async run(matrix) {
      matrix.send(DURING);
      await matrix.nodes.settle();
    },
    expected: () => 'all',
  },
  {
    name: 'its client returns with stateful reconnect',
    run: returnAll,
    expected: () => 'all',
  },
  {
    name: 'its client returns, and the oldest messages were dropped',
    isNarrow: true,
    run: returnAll,
    expected: (route, { client }) => (route !== 'stream' && client instanceof ReturningClient ? 'some' : 'all'),
  },
  {
    name: 'its sender is held by a moderator',
    async run(matrix) {
      matrix.held = BEFORE + 2;
      matrix.send(DURING);
      await matrix.nodes.settle();
      // Items of a stream are no messages of a sender.
      const last = matrix.route === 'stream' ? BEFORE + DURING : BEFORE + 1;
      for (const one of matrix.receivers) expect(matrix.heard(one).at(-1)).toBeLessThanOrEqual(last);
      matrix.release();
      await matrix.nodes.settle();
    },
    expected: () => 'all',
  },
  {
    name: 'its node drains',
    async run(matrix) {
      matrix.send(1);
      await matrix.nodes.turn();
      void matrix.here.server.parts.close({ drainMs: 500 });
      matrix.send(DURING - 1);
      await matrix.nodes.settle();
    },
    expected: () => 'the first',
  },
  {
    name: 'its client reads too slowly, and the oldest messages are dropped',
    isNarrow: true,
    async run(matrix) {
      for (const { client } of matrix.receivers) client.stall();
      for (let sent = 0; sent < DURING; sent++) {
        matrix.send(1);
        await matrix.nodes.settle();
      }
      // What the lanes hold is judged when they have had their turn to write.
      await matrix.nodes.pass(200);
      for (const { client } of matrix.receivers) client.flow();
      await matrix.nodes.settle();
    },
    expected: (route) => (route === 'stream' ? 'all' : 'some'),
  },
  {
    name: 'its connection leaves the group',
    async run(matrix) {
      matrix.leave();
      matrix.send(DURING);
      await matrix.nodes.settle();
    },
    expected: (route) => (route === 'stream' || route === 'whisper' ? 'all' : 'only those before'),
  },
  {
    name: 'the link of its node is cut',
    async run(matrix) {
      const { nodes, here } = matrix;
      here.backplane.isAway = true;
      here.backplane.cut();
      matrix.send(DURING);
      await nodes.settle();
      here.backplane.isAway = false;
      here.backplane.tryAgain();
      await nodes.pass(15_000);
    },
    expected: (route) => (route === 'channel' || route === 'whisper' ? 'without those meanwhile' : 'all'),
  },
];

const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, at) => first + at);

function check(heard: readonly number[], expected: Expected): void {
  // In order, and each at most once.
  expect(heard).toEqual([...new Set(heard)].sort((one, other) => one - other));
  if (expected === 'all') expect(heard).toEqual(numbers(1, ALL));
  else if (expected === 'only those before') expect(heard).toEqual(numbers(1, BEFORE));
  else if (expected === 'without those meanwhile')
    expect(heard).toEqual([...numbers(1, BEFORE), ...numbers(BEFORE + DURING + 1, ALL)]);
  else if (expected === 'the first') {
    expect(heard).toEqual(numbers(1, heard.length));
    expect(heard.length).toBeGreaterThanOrEqual(BEFORE);
  } else {
    expect(heard.slice(0, BEFORE)).toEqual(numbers(1, BEFORE));
    expect(heard.slice(-AFTER)).toEqual(numbers(ALL - AFTER + 1, ALL));
    expect(heard.length).toBeLessThan(ALL);
  }
}

/** Checks the numbers of stateful reconnect: server and client have counted the same messages. */
async function checkSequence({ nodes, here }: LaneMatrix, { client, connection }: Peer): Promise<void> {
  const returning = client as ReturningClient;
  expect(returning.faults).toEqual([]);
  const tracked = client.records.filter(({ type }) => type !== undefined && isTracked(type as MessageType));
  expect(returning.latest).toBe(tracked.length);
  // A server that ends reads nothing any more.
  if (!here.server.parts.node.isAccepting) return;
  returning.acknowledge();
  await nodes.settle();
  expect((sessionOf(connection).lane as ResumableLane).keptBytes).toBe(0);
}

describe.each(ROUTES)('messages that come into a lane by the way: %s', (route) => {
  test.each(MEANWHILES.map((one) => [one.name, one] as const))(
    'while %s',
    async (_name, { run, expected, isNarrow = false }) => {
      const matrix = await LaneMatrix.start(route, isNarrow);
      const { nodes, receivers, returning, positions } = matrix;
      matrix.send(BEFORE);
      await nodes.settle();
      await run(matrix);
      matrix.send(AFTER);
      await nodes.pass(5_000);
      for (const receiver of receivers) check(matrix.heard(receiver), expected(route, receiver));
      for (const peer of returning) await checkSequence(matrix, peer);
      for (const receiver of receivers) {
        const told = matrix.toldPositions(receiver);
        for (const [number, position] of told) expect([number, position]).toEqual([number, positions.get(number)]);
        if (isKept(route)) expect([...told.values()]).not.toContain(undefined);
      }
      const { accepted, delivered, dropped } = sessionOf((receivers[0] as Peer).connection).lane.ledger;
      expect(accepted).toBe(delivered + dropped);
      // What is missing is told, unless it was read from the history.
      const isMissing = receivers.some((one) => expected(route, one) === 'without those meanwhile');
      expect([...new Set(matrix.gaps)]).toEqual(isMissing && route === 'channel' ? [PLAIN_GROUP] : []);
      expect(nodes.exchange.lost > 0).toBe(route === 'repaired');
      for (const { server } of nodes.all) expect(server.log.faults).toEqual([]);
    },
  );
});
