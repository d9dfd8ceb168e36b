import { expect, test } from 'vitest';
import { ALONE, sessionRecord } from '../../src/testing/session-records.ts';
import { connect } from '../support/clients.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { FailingStorage } from '../support/failing-storage.ts';
import { eventually } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';

test('a server without a backplane ends what is open, of whichever node, and records its own sessions', async () => {
  const storage = new FailingStorage();
  await storage.open(ALONE);
  await storage.sessions.save(['a', 'b', null].map((nodeId) => sessionRecord(`${nodeId}`, { nodeId })));
  await storage.close();
  const { server, url } = await startServer({ '/hub': emptyHub() }, { storage });
  expect(await storage.sessions.list({ open: true })).toEqual([]);
  expect((await storage.sessions.list()).map(({ closeReason }) => closeReason)).toEqual(['lost', 'lost', 'lost']);
  const client = await connect(url('/hub'));
  await eventually(() => storage.saves.flat().some(({ connectionId }) => connectionId === client.connectionId));
  const { connectionId } = client;
  expect(await storage.sessions.list({ open: true })).toMatchObject([{ connectionId, nodeId: server.nodeId }]);
});
