import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type HubEvent, hubMachine } from '../../machines/hub.ts';
import { CLOSE_REASONS, type CloseReasonName, closeReason } from '../../src/protocol/close.ts';
import { property } from '../support/property.ts';
import { pure, reachable, stateOf, steps } from './transitions.ts';

const aborted = closeReason('aborted');
const PLAIN = [
  'handshake.accepted',
  'connect.succeeded',
  'keepAlive.due',
  'lane.congested',
  'lane.relieved',
  'transport.attached',
  'connection.closed',
] as const;
const WITH_REASON = [
  'handshake.refused',
  'handshake.timedOut',
  'connect.failed',
  'connection.ended',
  'credential.ended',
  'node.draining',
  'calls.finished',
  'drain.timedOut',
  'transport.closed',
  'transport.lost',
] as const;

const EVENTS: readonly HubEvent[] = [
  ...PLAIN.map((type) => ({ type })),
  ...WITH_REASON.map((type) => ({ type, reason: aborted })),
];

const reason = fc
  .constantFrom(...(Object.keys(CLOSE_REASONS) as CloseReasonName[]))
  .map((name) => closeReason(name, { text: name }));
const event: fc.Arbitrary<HubEvent> = fc.oneof(
  fc.constantFrom(...PLAIN).map((type) => ({ type })),
  fc.record({ type: fc.constantFrom(...WITH_REASON), reason }),
);
/** Events that end nothing. Histories in which every event is as frequent end before anything else happens. */
const harmless = fc
  .constantFrom<(typeof PLAIN)[number]>(
    'handshake.accepted',
    'handshake.accepted',
    'connect.succeeded',
    'connect.succeeded',
    'lane.congested',
    'lane.relieved',
    'keepAlive.due',
    'transport.attached',
    'transport.attached',
  )
  .map((type) => ({ type }));
const lost = fc.record({ type: fc.constant('transport.lost' as const), reason });
const events = fc.array(
  fc.oneof({ weight: 12, arbitrary: harmless }, { weight: 2, arbitrary: lost }, { weight: 1, arbitrary: event }),
  { maxLength: 30, size: 'max' },
);

const input = { connection: { connectionId: 'c', toJSON: () => 'c' } };
const hub = pure(hubMachine, input);

/** Sends the events that an actor would receive: none after the end. */
function walk(heard: readonly HubEvent[]) {
  let { snapshot, actions } = hub.start();
  const requested = [...actions];
  const visited = [snapshot];
  for (const one of heard) {
    if (snapshot.status !== 'active') break;
    ({ snapshot, actions } = hub.next(snapshot, one));
    requested.push(...actions);
    visited.push(snapshot);
  }
  return { snapshot, requested, visited };
}

const isAway = (snapshot: Parameters<typeof stateOf>[0] | undefined) =>
  snapshot !== undefined && stateOf(snapshot).startsWith('alive.detached');

describe('the life of a connection', () => {
  test('is this, and nothing else', () => {
    const END = ['connection.ended', 'drain.timedOut', 'transport.closed'];
    const ends = (state: string, more: readonly string[]) =>
      [...more, ...END].map((type) => `${state} + ${type} -> closing: close`);
    expect(steps(hubMachine, EVENTS, input).sort()).toEqual(
      [
        'alive.handshaking + handshake.accepted -> alive.opening: acceptHandshake, connectHub',
        'alive.handshaking + handshake.refused -> closing: close',
        'alive.handshaking + handshake.timedOut -> closing: cancelHandshake, close',
        'alive.handshaking + credential.ended -> closing: cancelHandshake, close',
        ...ends('alive.handshaking', ['node.draining', 'transport.lost']),
        'alive.opening + connect.succeeded -> alive.open.flowing: startReading',
        'alive.opening + keepAlive.due -> alive.opening: ping',
        'alive.opening + transport.lost -> alive.detached.opening: awaitReturn',
        ...ends('alive.opening', ['credential.ended', 'connect.failed', 'node.draining']),
        'alive.open.flowing + lane.congested -> alive.open.congested',
        'alive.open.flowing + keepAlive.due -> alive.open.flowing: ping',
        'alive.open.flowing + node.draining -> alive.draining: finishCalls',
        'alive.open.flowing + transport.lost -> alive.detached.open: awaitReturn',
        ...ends('alive.open.flowing', ['credential.ended']),
        'alive.open.congested + lane.relieved -> alive.open.flowing',
        'alive.open.congested + keepAlive.due -> alive.open.congested: ping',
        'alive.open.congested + node.draining -> alive.draining: finishCalls',
        'alive.open.congested + transport.lost -> alive.detached.open: awaitReturn',
        ...ends('alive.open.congested', ['credential.ended']),
        'alive.detached.opening + connect.succeeded -> alive.detached.open: startReading',
        'alive.detached.opening + transport.attached -> alive.opening',
        ...ends('alive.detached.opening', ['credential.ended', 'connect.failed', 'node.draining', 'transport.lost']),
        'alive.detached.open + transport.attached -> alive.open.flowing',
        ...ends('alive.detached.open', ['credential.ended', 'connect.failed', 'node.draining', 'transport.lost']),
        'alive.draining + keepAlive.due -> alive.draining: ping',
        ...ends('alive.draining', ['credential.ended', 'calls.finished', 'transport.lost']),
        'closing + connection.closed -> closed',
      ].sort(),
    );
  });

  property('survives every event in every state', [events], 60, (heard) => {
    const { visited } = walk(heard);
    for (const snapshot of visited) {
      for (const one of EVENTS) expect(hub.next(snapshot, one).snapshot.status).not.toBe('error');
    }
  });

  property(
    'is closed exactly once on every way to its end, and never before',
    [events],
    { runs: 500, sometimes: ['it ends', 'it has not ended'] },
    (heard, reached) => {
      const { snapshot, requested } = walk(heard);
      const isEnding = snapshot.matches('closing') || snapshot.status === 'done';
      reached(isEnding ? 'it ends' : 'it has not ended');
      expect(requested.filter((action) => action === 'close')).toHaveLength(isEnding ? 1 : 0);
    },
  );

  property('can be ended from wherever it is, by its transport alone', [events], 300, (heard) => {
    const end = [{ type: 'transport.closed', reason: aborted }, { type: 'connection.closed' }] as const;
    const { snapshot, requested } = walk([...heard, ...end]);
    expect(stateOf(snapshot)).toBe('closed');
    expect(requested.filter((action) => action === 'close')).toHaveLength(1);
  });

  property(
    'ends for the first reason that was given',
    [events],
    { runs: 500, sometimes: ['a reason is given, and another behind it'] },
    (heard, reached) => {
      const { visited } = walk(heard);
      const at = visited.findIndex((snapshot) => stateOf(snapshot) === 'closing');
      // The event that led there is the one before it in the history, since `visited` begins with the first state.
      const first = at === -1 ? undefined : heard[at - 1];
      const given = first !== undefined && 'reason' in first ? first.reason : null;
      const later = heard.slice(Math.max(0, at));
      reached('a reason is given, and another behind it', given !== null && later.some((one) => 'reason' in one));
      expect(visited.at(-1)?.context.reason).toBe(given);
    },
  );

  property(
    'goes on where it was when its client comes back, and asks for the same once each time',
    [events],
    { runs: 300, sometimes: ['it is away, and comes back'] },
    (heard, reached) => {
      const { requested, visited } = walk(heard);
      const away = visited.filter((snapshot, at) => isAway(snapshot) && !(at > 0 && isAway(visited[at - 1]))).length;
      expect(requested.filter((action) => action === 'awaitReturn')).toHaveLength(away);
      reached(
        'it is away, and comes back',
        visited.some((snapshot, at) => at > 0 && isAway(visited[at - 1]) && snapshot.matches({ alive: 'open' })),
      );
      for (const once of ['acceptHandshake', 'connectHub', 'startReading']) {
        expect(requested.filter((action) => action === once).length).toBeLessThanOrEqual(1);
      }
    },
  );

  test('is over when it is closed: no event leads out of that state', () => {
    const closed = reachable(hubMachine, EVENTS, input).get('closed');
    if (closed === undefined) throw new Error('Nothing leads to closed.');
    for (const one of EVENTS) {
      const { snapshot, actions } = hub.next(closed, one);
      expect({ event: one.type, state: stateOf(snapshot), actions }).toEqual({
        event: one.type,
        state: 'closed',
        actions: [],
      });
    }
  });
});
