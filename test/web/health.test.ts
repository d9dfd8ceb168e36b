import { expect, onTestFinished, test } from 'vitest';
import { createServer } from '../../src/index.ts';
import { type Storage, StorageError, type StorageProblem } from '../../src/storage/storage.ts';
import { eventually } from '../support/inbox.ts';
import { plainHub } from '../support/plain-hub.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { TroubledStorage } from '../support/troubled-storage.ts';

const SECRET = '/srv/secret/signalbox.db 1.2.3';

async function readiness(storage: Storage) {
  const server = createServer({ hubs: { '/hub': plainHub() }, storage, logLevel: 'silent' });
  onTestFinished(() => server.close({ drainMs: 0 }));
  const { port } = await server.listen({ port: 0 });
  return { server, ask: async () => (await ask(port, requestText('GET', '/readyz'))).body };
}

test.each<StorageProblem | 'unknown' | undefined>([
  'locked',
  'full',
  'unwritable',
  'unreadable',
  'newer-schema',
  'gone',
  'closed',
  'failed',
  'unknown',
  undefined,
])('a storage that is %s is told to anybody in a few plain words, and to the program in full', async (problem) => {
  const storage = new TroubledStorage();
  const ready = await readiness(storage);
  expect(await ready.ask()).toBe('{"ready":true,"problems":[]}\n');
  storage.trouble = problem === undefined ? new Error(SECRET) : new StorageError(problem as StorageProblem, SECRET);
  await eventually(() => ready.server.problems().length > 0);
  expect(await ready.ask()).toMatch(/^{"ready":false,"problems":\[{"part":"storage","text":"It [a-z :]+\."}\]}\n$/i);
  expect(ready.server.problems()[0]?.detail).toBe(SECRET);
});
