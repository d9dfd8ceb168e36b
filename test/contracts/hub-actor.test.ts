import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createActor, initialTransition } from 'xstate';
import { type HubEvent, hubMachine } from '../../machines/hub.ts';
import { hubLogic } from '../../src/actors/hub.ts';
import type { Connection } from '../../src/connection/connection.ts';
import type { LifecycleEvent } from '../../src/connection/lifecycle-event.ts';
import { property } from '../support/property.ts';
import { same } from '../types/same.ts';

// A connection reports the events of its machine, which it cannot import: the compiler compares the two lists.
same<LifecycleEvent, HubEvent>(true);

/** The members of a connection that the start of its actor uses. */
function connection(connectionId: string): Connection {
  const silent = { cancelHandshake() {}, close() {} };
  return { ...silent, connectionId, toJSON: () => ({ connectionId }) } as unknown as Connection;
}

function actorOf(connectionId: string) {
  const actor = createActor(hubLogic, { input: { connection: connection(connectionId) } });
  actor.start();
  return actor;
}

const ACTIONS = [
  'acceptHandshake',
  'cancelHandshake',
  'connectHub',
  'startReading',
  'finishCalls',
  'ping',
  'awaitReturn',
  'close',
] as const;

/** A connection that records the requests of its actor, and a machine that records its own requests. */
function recording() {
  const [requested, expected]: [string[], string[]] = [[], []];
  const noters = (notes: string[]) => Object.fromEntries(ACTIONS.map((name) => [name, () => notes.push(name)]));
  const { connectHub, startReading, ping, finishCalls, awaitReturn, ...ofConnection } = noters(requested);
  const session = { connectHub, startReading, ping, detach: awaitReturn, finishCalls };
  const owned = { ...ofConnection, session, connectionId: 'a', toJSON: () => 'a' } as unknown as Connection;
  return { owned, requested, expected, machine: hubMachine.provide({ actions: noters(expected) }) };
}

const reason = { name: 'aborted', text: '', allowReconnect: false } as const;
const event = fc
  .constantFrom(
    ...(['handshake.accepted', 'connect.succeeded', 'keepAlive.due', 'lane.congested', 'lane.relieved'] as const),
    ...(['transport.lost', 'transport.attached', 'node.draining', 'calls.finished', 'connect.failed'] as const),
    ...(['handshake.timedOut', 'connection.ended', 'connection.closed', 'credential.ended'] as const),
  )
  .map((type) => ({ type, reason }) as HubEvent);
/** Events that mostly keep the connection alive. */
const life = fc
  .tuple(fc.array(event, { maxLength: 3 }), fc.array(event, { maxLength: 20, size: 'max' }))
  .map(([first, rest]): HubEvent[] => [
    ...first,
    { type: 'handshake.accepted' },
    { type: 'connect.succeeded' },
    ...rest,
  ]);

/**
 * Snapshots of a hub actor are copies (src/actors/hub.ts). They have to equal the snapshots that XState would compute.
 */
describe('a hub actor', () => {
  test('begins where its machine begins', () => {
    const actor = actorOf('a');
    const machine = createActor(hubMachine, { input: { connection: connection('a') } }).start();
    expect(actor.getSnapshot().context.connection.connectionId).toBe('a');
    expect(JSON.stringify(actor.getPersistedSnapshot())).toBe(JSON.stringify(machine.getPersistedSnapshot()));
    expect(JSON.stringify(actor.getSnapshot())).toBe(JSON.stringify(machine.getSnapshot()));
    expect(actor.getSnapshot().tags).toEqual(machine.getSnapshot().tags);
  });

  test('has nothing to do at its beginning', () => {
    const [, actions] = initialTransition(hubMachine, { connection: connection('a') });
    expect(actions).toEqual([]);
  });

  test('has XState warn of nothing, when a step is taken first within an action of another', async () => {
    const warned = vi.spyOn(console, 'warn');
    onTestFinished(() => warned.mockRestore());
    vi.resetModules();
    const fresh = await import('../../src/actors/hub.ts');
    const { owned } = recording();
    const actor = (acceptHandshake: () => void) =>
      createActor(fresh.hubLogic, { input: { connection: { ...owned, acceptHandshake } as Connection } }).start();
    const other = actor(() => {});
    actor(() => other.send({ type: 'handshake.timedOut', reason })).send({ type: 'handshake.accepted' });
    expect(other.getSnapshot().value).toBe('closing');
    expect(warned).not.toHaveBeenCalled();
  });

  test('goes its own way', () => {
    const [left, right] = [actorOf('left'), actorOf('right')];
    left.send({ type: 'handshake.timedOut', reason: { name: 'aborted', text: '', allowReconnect: false } });
    expect(left.getSnapshot().value).toBe('closing');
    expect(left.getSnapshot().context.reason?.name).toBe('aborted');
    expect(right.getSnapshot().value).toEqual({ alive: 'handshaking' });
    expect(right.getSnapshot().context.reason).toBeNull();
  });

  property(
    'goes the way of its machine',
    [life],
    { runs: 100, sometimes: ['several events are compared', 'it ends before the events do'] },
    (heard, reached) => {
      const { owned, requested, expected, machine } = recording();
      const actor = createActor(hubLogic, { input: { connection: owned } }).start();
      const computed = createActor(machine, { input: { connection: owned } }).start();
      for (const [at, one] of heard.entries()) {
        reached('several events are compared', at > 3);
        if (computed.getSnapshot().status !== 'active') {
          reached('it ends before the events do');
          return;
        }
        actor.send(one);
        computed.send(one);
        expect(requested).toEqual(expected);
        expect(JSON.stringify(actor.getSnapshot())).toBe(JSON.stringify(computed.getSnapshot()));
        expect(actor.getSnapshot().tags).toEqual(computed.getSnapshot().tags);
      }
    },
  );

  test('has a machine whose steps depend on the state and the event only', () => {
    for (const node of statesOf(hubMachine.root)) {
      expect([node.always, node.after, node.invoke, node.history].flat().filter(Boolean)).toEqual([]);
      for (const transition of [...node.transitions.values()].flat()) expect(transition.guard).toBeUndefined();
    }
  });
});

type StateNode = typeof hubMachine.root;

function statesOf(node: StateNode): StateNode[] {
  return [node, ...Object.values(node.states).flatMap((child) => statesOf(child as StateNode))];
}
