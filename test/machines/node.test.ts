import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type NodeEvent, nodeMachine } from '../../machines/node.ts';
import { property } from '../support/property.ts';
import { pure, reachable, stateOf, steps } from './transitions.ts';

const EVENTS: readonly NodeEvent[] = [
  { type: 'listener.bound' },
  { type: 'close.announced' },
  { type: 'close.requested' },
  { type: 'connections.gone' },
  { type: 'drain.timedOut' },
];
const events = fc.array(fc.constantFrom(...EVENTS), { maxLength: 20, size: 'max' });
const node = pure(nodeMachine);

function walk(heard: readonly NodeEvent[]) {
  let { snapshot, actions } = node.start();
  const requested = [...actions];
  for (const one of heard) {
    ({ snapshot, actions } = node.next(snapshot, one));
    requested.push(...actions);
  }
  return { snapshot, requested };
}

describe('the life of a server', () => {
  test('is this, and nothing else', () => {
    expect(steps(nodeMachine, EVENTS).sort()).toEqual(
      [
        'starting + listener.bound -> accepting',
        'starting + close.requested -> draining: endKeepAlive, drainConnections',
        'accepting + close.announced -> retiring',
        'accepting + close.requested -> draining: endKeepAlive, drainConnections',
        'retiring + close.requested -> draining: endKeepAlive, drainConnections',
        'draining + drain.timedOut -> draining: endConnections',
        'draining + connections.gone -> stopped: release',
      ].sort(),
    );
  });

  test('accepts connections until it is asked to close now', () => {
    const accepting = [...reachable(nodeMachine, EVENTS)].filter(([, snapshot]) => snapshot.hasTag('accepting'));
    expect(accepting.map(([state]) => state).sort()).toEqual(['accepting', 'retiring', 'starting']);
  });

  property('survives every sequence of events, and never opens again', [events, events], 300, (before, after) => {
    const { snapshot } = walk([...before, { type: 'close.requested' }, ...after]);
    expect(snapshot.status).not.toBe('error');
    expect(['draining', 'stopped']).toContain(stateOf(snapshot));
  });

  property('can be closed from wherever it is, and releases everything exactly once', [events], 300, (heard) => {
    const { snapshot, requested } = walk([...heard, { type: 'close.requested' }, { type: 'connections.gone' }]);
    expect(stateOf(snapshot)).toBe('stopped');
    for (const action of ['endKeepAlive', 'drainConnections', 'release']) {
      expect(requested.filter((one) => one === action)).toHaveLength(1);
    }
  });

  property('is over when it has stopped', [events], 100, (heard) => {
    const end = [{ type: 'close.requested' }, { type: 'connections.gone' }] as const;
    const before = walk(end);
    const after = walk([...end, ...heard]);
    expect(stateOf(after.snapshot)).toBe('stopped');
    expect(after.requested).toEqual(before.requested);
  });
});
