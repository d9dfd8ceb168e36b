import { describe, expect, test } from 'vitest';
import { createActor, initialTransition } from 'xstate';
import { hubMachine } from '../../machines/hub.ts';
import type { Connection } from '../../src/actors/connection.ts';
import { hubLogic } from '../../src/actors/hub.ts';

/** As much of a connection as the beginning of its actor touches. */
function connection(connectionId: string): Connection {
  const silent = { cancelHandshake() {}, finalise() {} };
  return { ...silent, connectionId, toJSON: () => ({ connectionId }) } as unknown as Connection;
}

function actorOf(connectionId: string) {
  const actor = createActor(hubLogic, { input: { connection: connection(connectionId) } });
  actor.start();
  return actor;
}

/** The first snapshot of a hub actor is a copy (src/actors/hub.ts), which has to be what XState would have computed. */
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

  test('goes its own way', () => {
    const [left, right] = [actorOf('left'), actorOf('right')];
    left.send({ type: 'handshake.timedOut', reason: { name: 'aborted', text: '', allowReconnect: false } });
    expect(left.getSnapshot().value).toBe('closing');
    expect(left.getSnapshot().context.reason?.name).toBe('aborted');
    expect(right.getSnapshot().value).toEqual({ alive: 'handshaking' });
    expect(right.getSnapshot().context.reason).toBeNull();
  });
});
