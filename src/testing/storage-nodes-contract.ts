import { defer } from '../promises.ts';
import type { SessionRecord } from '../storage/session-store.ts';
import type { Storage } from '../storage/storage.ts';
import { ended, sessionRecord } from './session-records.ts';
import { type OpenStorage, problemOf, storageTest } from './storage-test.ts';
import type { TestFramework } from './test-framework.ts';

/** The part of the contract of a storage about the sessions of other nodes, which may be alive. */
export function nodesContract(framework: TestFramework, make: () => Storage): void {
  const { expect } = framework;
  const test = storageTest(framework, make);

  const answers = {
    'says so': (isAlive: boolean) => isAlive,
    'promises so': (isAlive: boolean) => Promise.resolve(isAlive),
  };
  for (const [how, answer] of Object.entries(answers)) {
    test(`leaves the sessions of a node open when isAlive ${how}`, async (openStorage) => {
      const storage = await closedStorage(openStorage, onNode('dead'), onNode('alive'), onNode("it's gone"));
      const opened = await storage.open({ nodeId: 'me', isAlive: (nodeId) => answer(nodeId === 'alive') });
      expect(opened).toEqual({ lost: 2 });
      expect(await endsOf(storage)).toEqual({ dead: 'lost', alive: null, "it's gone": 'lost' });
    });
  }

  test('asks once for each other node with open sessions', async (openStorage) => {
    const storage = await closedStorage(
      openStorage,
      onNode('a'),
      onNode('a', { id: 'another of a' }),
      onNode('b'),
      onNode('me'),
      onNode(null),
      ended(onNode('over')),
    );
    const asked: string[] = [];
    await storage.open({
      nodeId: 'me',
      isAlive(nodeId) {
        asked.push(nodeId);
        return true;
      },
    });
    expect(asked.sort()).toEqual(['a', 'b']);
  });

  test('ends its own sessions and those of unknown nodes, whoever is alive', async (openStorage) => {
    const storage = await closedStorage(openStorage, onNode('me'), onNode(null), onNode('other'));
    expect(await storage.open({ nodeId: 'me', isAlive: () => true })).toEqual({ lost: 2 });
    expect(await endsOf(storage)).toEqual({ me: 'lost', null: 'lost', other: null });
  });

  test('does not open, and ends nothing, when isAlive fails', async (openStorage) => {
    const storage = await closedStorage(openStorage, onNode('a'), onNode('b'));
    const isAlive = (nodeId: string) => (nodeId === 'b' ? Promise.reject(new Error('nobody knows')) : false);
    expect(await problemOf(storage.open({ nodeId: 'me', isAlive }))).toEqual('Error: nobody knows');
    expect(await problemOf(storage.sessions.list())).toEqual('closed');
    expect(await storage.open({ nodeId: 'me', isAlive: () => true })).toEqual({ lost: 0 });
  });

  test('stays closed, and ends nothing, when it is closed before isAlive answers', async (openStorage) => {
    const storage = await closedStorage(openStorage, onNode('a'));
    const [asked, answer] = [defer<void>(), defer<boolean>()];
    const opened = storage.open({
      nodeId: 'me',
      isAlive() {
        asked.resolve();
        return answer.promise;
      },
    });
    await asked.promise;
    await storage.close();
    answer.resolve(false);
    expect(await opened).toEqual({ lost: 0 });
    expect(await problemOf(storage.sessions.list())).toEqual('closed');
    expect(await storage.open({ nodeId: 'me', isAlive: () => true })).toEqual({ lost: 0 });
  });
}

function onNode(nodeId: string | null, more: Partial<SessionRecord> = {}): SessionRecord {
  return sessionRecord(`of ${nodeId}`, { nodeId, ...more });
}

async function closedStorage(openStorage: OpenStorage, ...records: readonly SessionRecord[]): Promise<Storage> {
  const storage = await openStorage(...records);
  await storage.close();
  return storage;
}

/** Close reasons of the sessions, by node. */
async function endsOf(storage: Storage): Promise<unknown> {
  const records = await storage.sessions.list();
  return Object.fromEntries(records.map(({ nodeId, closeReason }) => [nodeId, closeReason]));
}
