import { systemClock } from '../clock.ts';
import type { SessionRecord } from '../storage/session-store.ts';
import type { Storage } from '../storage/storage.ts';
import { ended, sessionRecord } from './session-records.ts';
import { problemOf, storageTest } from './storage-test.ts';
import type { TestFramework } from './test-framework.ts';
import { UNUSUAL_TEXTS } from './unusual-texts.ts';

/** The part of the contract of a storage about the sessions of nodes that die while others run. */
export function lostSessionsContract(framework: TestFramework, make: () => Storage): void {
  const { expect } = framework;
  const test = storageTest(framework, make);

  test('names each node with open sessions once', async (openStorage) => {
    const { sessions } = await openStorage(
      onNode('a'),
      onNode('a', { id: 'another of a' }),
      onNode('b'),
      onNode(null),
      ended(onNode('over')),
    );
    expect([...(await sessions.openNodes())].sort()).toEqual(['a', 'b']);
    await sessions.save([ended(onNode('b'))]);
    expect(await sessions.openNodes()).toEqual(['a']);
  });

  test('ends the open sessions of the nodes that it is told, and no others', async (openStorage) => {
    const over = ended(onNode('dead', { id: 'over' }));
    const alive = [onNode('alive'), onNode(null)];
    const dead = [onNode('dead'), onNode('dead', { id: 'second', hub: '/other' }), onNode('gone')];
    const { sessions } = await openStorage(over, ...alive, ...dead);
    const before = systemClock.wallNow();
    expect(await sessions.endLost(['dead', 'gone', 'unheard of'])).toEqual(3);
    const after = systemClock.wallNow();
    const records = byId(await sessions.list());
    for (const record of [over, ...alive]) expect(records.get(record.id)).toEqual(record);
    for (const record of dead) {
      const disconnectedAt = records.get(record.id)?.disconnectedAt ?? 0;
      expect(records.get(record.id)).toEqual({ ...record, disconnectedAt, closeReason: 'lost' });
      expect(before <= disconnectedAt && disconnectedAt <= after, 'it ended just now').toEqual(true);
    }
    expect([...(await sessions.openNodes())]).toEqual(['alive']);
  });

  test('ends none when it is told no node', async (openStorage) => {
    const { sessions } = await openStorage(onNode('a'), onNode(null));
    expect(await sessions.endLost([])).toEqual(0);
    expect((await sessions.list({ open: true })).length).toEqual(2);
  });

  test('ends lost sessions once, however often and by how many it is told', async (openStorage) => {
    const { sessions } = await openStorage(onNode('dead'), onNode('dead', { id: 'second' }));
    await Promise.all([sessions.endLost(['dead']), sessions.endLost(['dead'])]);
    const first = await sessions.list();
    expect(first.map(({ closeReason }) => closeReason)).toEqual(['lost', 'lost']);
    await passMillisecond();
    expect(await sessions.endLost(['dead'])).toEqual(0);
    expect(await sessions.list()).toEqual(first);
  });

  test('does not end a session of a dead node before it began', async (openStorage) => {
    const later = systemClock.wallNow() + 3_600_000;
    const open = onNode('dead', { connectedAt: later });
    const { sessions } = await openStorage(open);
    expect(await sessions.endLost(['dead'])).toEqual(1);
    expect(await sessions.list()).toEqual([{ ...open, disconnectedAt: later, closeReason: 'lost' }]);
  });

  test('opens a session again that it took for lost, and then learns its true end', async (openStorage) => {
    const record = onNode('paused');
    const { sessions } = await openStorage(record);
    await sessions.endLost(['paused']);
    await sessions.save([record]);
    expect(await sessions.list({ open: true })).toEqual([record]);
    expect(await sessions.openNodes()).toEqual(['paused']);
    await sessions.endLost(['paused']);
    await sessions.save([ended(record)]);
    expect(await sessions.list()).toEqual([ended(record)]);
  });

  test('finds and ends the open sessions of nodes among many thousand', async (openStorage) => {
    const { sessions } = await openStorage();
    const of = (nodeId: string, from: number) =>
      Array.from({ length: 1_500 }, (_, n) => onNode(nodeId, { id: `${nodeId}-${n}`, connectedAt: from + n }));
    await sessions.save([...of('old', 0), onNode('middle', { connectedAt: 5_000 }), ...of('new', 10_000)]);
    expect([...(await sessions.openNodes())].sort()).toEqual(['middle', 'new', 'old']);
    expect(await sessions.endLost(['old', 'new'])).toEqual(3_000);
    expect((await sessions.list({ open: true })).map(({ nodeId }) => nodeId)).toEqual(['middle']);
  });

  test('knows nodes by any id', async (openStorage) => {
    const { sessions } = await openStorage(...UNUSUAL_TEXTS.map((nodeId, at) => onNode(nodeId, { id: `${at}` })));
    expect([...(await sessions.openNodes())].sort()).toEqual([...new Set(UNUSUAL_TEXTS)].sort());
    for (const nodeId of new Set(UNUSUAL_TEXTS)) expect(await sessions.endLost([nodeId])).toEqual(1);
  });

  test('knows no nodes, and ends nothing, while it is not open', async () => {
    const storage = make();
    expect(await problemOf(storage.sessions.openNodes())).toEqual('closed');
    expect(await problemOf(storage.sessions.endLost(['a']))).toEqual('closed');
  });
}

function onNode(nodeId: string | null, more: Partial<SessionRecord> = {}): SessionRecord {
  return sessionRecord(`of ${nodeId}`, { nodeId, ...more });
}

function byId(records: readonly SessionRecord[]): ReadonlyMap<string, SessionRecord> {
  return new Map(records.map((record) => [record.id, record]));
}

/** Resolves when the wall clock shows another millisecond. */
async function passMillisecond(): Promise<void> {
  const before = systemClock.wallNow();
  while (systemClock.wallNow() === before) await new Promise((resolve) => systemClock.setTimeout(() => resolve(0), 1));
}
