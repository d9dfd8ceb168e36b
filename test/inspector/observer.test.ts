// Cost of the inspector for the server: none while no inspector is attached.
import { once } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createInspector } from '../../src/inspector/endpoint.ts';
import { LogLimit } from '../../src/log-limit.ts';
import { resolveOptions } from '../../src/options.ts';
import { ServerParts } from '../../src/server.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { connect } from '../support/clients.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { eventually } from '../support/inbox.ts';
import { RawClient } from '../support/raw-client.ts';
import { exchange, upgradeRequest } from '../support/raw-http.ts';
import { actorNamed, type InspectedServer, startInspected } from './inspected-server.ts';

/** Counts the observers of the actor system. */
function countObservers({ server }: Pick<InspectedServer, 'server'>): () => number {
  const { system } = server.supervisor.actor;
  const inspect = system.inspect.bind(system);
  let count = 0;
  vi.spyOn(system, 'inspect').mockImplementation((observer) => {
    count += 1;
    const { unsubscribe } = inspect(observer);
    return {
      unsubscribe: () => {
        count -= 1;
        unsubscribe();
      },
    };
  });
  return () => count;
}

describe('the actor system', () => {
  test('is observed once while anybody is attached, and not at all otherwise', async () => {
    const inspected = await startInspected();
    const observers = countObservers(inspected);
    const { connectionId } = await connect(inspected.url);
    expect(observers()).toBe(0);

    const first = await exchange(inspected.port, upgradeRequest('/inspect'));
    const second = await exchange(inspected.port, upgradeRequest('/inspect'));
    expect(observers()).toBe(1);
    await actorNamed(inspected.receive(), connectionId as string);
    expect(observers()).toBe(1);

    first.socket.destroy();
    second.socket.destroy();
    await eventually(() => inspected.inspector.clients === 1);
    expect(observers()).toBe(1);
    inspected.inspector.close();
    expect(observers()).toBe(0);
  });

  test('is no longer observed when the last inspector has left, and is again when one comes', async () => {
    const inspected = await startInspected();
    const observers = countObservers(inspected);
    for (let round = 0; round < 3; round++) {
      const { socket } = await exchange(inspected.port, upgradeRequest('/inspect'));
      expect(observers()).toBe(1);
      socket.resetAndDestroy();
      await eventually(() => observers() === 0);
    }
  });

  test('is not observed because an inspector could attach', () => {
    const log = new CollectedLog();
    const server = new ServerParts(resolveOptions({ hubs: {}, logger: log }));
    onTestFinished(() => server.close());
    const observers = countObservers({ server });
    createInspector({ supervisor: server.supervisor, alarms: server.wheel, log: new LogLimit(systemClock).over(log) });
    expect(observers()).toBe(0);
    expect(server.supervisor.actor.system.inspect).not.toHaveBeenCalled();
  });

  test('is not observed for those who are refused', async () => {
    const inspected = await startInspected();
    const observers = countObservers(inspected);
    await exchange(inspected.port, upgradeRequest('/inspect', { Origin: 'https://evil.example' }));
    expect(observers()).toBe(0);
    expect(inspected.server.supervisor.actor.system.inspect).not.toHaveBeenCalled();
  });
});

describe('a fault of the inspector', () => {
  test('ends the inspector, and neither the actor at which it happened nor anything else', async () => {
    const inspected = await startInspected();
    const observers = countObservers(inspected);
    const seen = inspected.receive('?watch=node');
    const { sessionId } = await actorNamed(seen, 'node');
    // Very unlikely in practice: the values that are shown were read a moment ago.
    const stringify = vi.spyOn(JSON, 'stringify').mockImplementationOnce(() => {
      throw new Error('planned');
    });
    inspected.server.node.bound();
    stringify.mockRestore();
    expect(inspected.log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', text: expect.stringMatching(/^the inspector failed/) }),
    );
    expect([inspected.inspector.clients, observers()]).toEqual([0, 0]);
    expect(inspected.server.node.state).toBe('accepting');
    expect(seen.all.filter((message) => message.sessionId === sessionId)).toHaveLength(1);
    const ann = await connect(inspected.url);
    await ann.invoke('SendMessage', 'still there');
    await actorNamed(inspected.receive(), ann.connectionId as string);
  });
});

test('the end of the server is shown, and then the inspector is told that it goes away', async () => {
  const inspected = await startInspected();
  const seen = inspected.receive('?watch=node');
  const raw = await RawClient.upgrade(inspected.port, { path: '/inspect' });
  await actorNamed(seen, 'node');
  await inspected.server.close();
  inspected.inspector.close();
  await seen.first((message) => message.type === '@xstate.snapshot' && message.snapshot.status === 'done');
  expect(await raw.ended).toEqual({ code: 1001 });
});

test('an inspector that does not answer the end is not waited for', async () => {
  // A client has 5 s to answer, which never pass on this clock.
  const { port, inspector } = await startInspected({ clock: new SimulatedClock() });
  const { socket } = await exchange(port, upgradeRequest('/inspect'));
  inspector.close();
  socket.resume();
  await once(socket, 'close');
  expect(inspector.clients).toBe(0);
});
