import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BackplaneLinkEvent, backplaneLinkMachine } from '../../machines/backplane-link.ts';
import { property } from '../support/property.ts';
import { pure, stateOf, steps } from './transitions.ts';

const EVENTS: readonly BackplaneLinkEvent[] = [
  { type: 'connection.opened' },
  { type: 'connection.lost' },
  { type: 'sync.finished' },
  { type: 'sync.failed' },
  { type: 'beacon.missed' },
  { type: 'close.requested' },
  { type: 'farewell.sent' },
];
const events = fc.array(fc.constantFrom(...EVENTS), { maxLength: 20, size: 'max' });
const link = pure(backplaneLinkMachine);

function walk(heard: readonly BackplaneLinkEvent[]) {
  let { snapshot, actions } = link.start();
  const requested = [...actions];
  for (const one of heard) {
    ({ snapshot, actions } = link.next(snapshot, one));
    requested.push(...actions);
  }
  return { snapshot, requested };
}

describe('the link to the backplane', () => {
  test('is this, and nothing else', () => {
    expect(steps(backplaneLinkMachine, EVENTS).sort()).toEqual(
      [
        'connecting + connection.opened -> syncing: synchronise',
        'connecting + connection.lost -> broken: disconnect',
        'connecting + close.requested -> draining: sayFarewell',
        'syncing + sync.finished -> linked: announceLinked',
        'syncing + sync.failed -> deaf: disconnect, reconnect',
        'syncing + beacon.missed -> deaf: disconnect, reconnect',
        'syncing + connection.lost -> broken: disconnect',
        'syncing + close.requested -> draining: sayFarewell',
        'linked + sync.failed -> deaf: disconnect, reconnect',
        'linked + beacon.missed -> deaf: disconnect, reconnect',
        'linked + connection.lost -> broken: disconnect',
        'linked + close.requested -> draining: sayFarewell',
        'deaf + connection.lost -> broken: disconnect',
        'deaf + connection.opened -> syncing: synchronise',
        'deaf + close.requested -> draining: sayFarewell',
        'broken + connection.opened -> syncing: synchronise',
        'broken + close.requested -> draining: sayFarewell',
        'draining + farewell.sent -> closed: release',
      ].sort(),
    );
  });

  property('is linked only after a synchronisation that nothing has interrupted', [events], 500, (heard) => {
    const { snapshot } = walk(heard);
    const at = heard.findLastIndex(({ type }) => type === 'sync.finished');
    if (stateOf(snapshot) === 'linked') {
      const before = heard.slice(0, at).findLastIndex(({ type }) => type === 'connection.opened');
      const between = heard.slice(before, at).map(({ type }) => type);
      for (const type of ['connection.lost', 'sync.failed', 'beacon.missed']) expect(between).not.toContain(type);
    }
  });

  property('can be closed from wherever it is, and releases everything exactly once', [events], 300, (heard) => {
    const { snapshot, requested } = walk([...heard, { type: 'close.requested' }, { type: 'farewell.sent' }]);
    expect(stateOf(snapshot)).toBe('closed');
    for (const action of ['sayFarewell', 'release']) {
      expect(requested.filter((one) => one === action)).toHaveLength(1);
    }
  });
});
