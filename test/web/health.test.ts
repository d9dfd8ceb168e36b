import { expect, onTestFinished, test } from 'vitest';
import { createServer } from '../../src/index.ts';
import { type Storage, StorageError, type StorageProblem } from '../../src/storage/storage.ts';
import { answerHealth, type HealthProblem } from '../../src/web/health.ts';
import { bind, createListener } from '../../src/web/listener.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { FailingStorage } from '../support/failing-storage.ts';
import { eventually } from '../support/inbox.ts';
import { ask, requestText } from '../support/raw-http.ts';

const SECRET = '/srv/secret/signalbox.db 1.2.3';

async function readiness(storage: Storage) {
  const server = createServer({ hubs: { '/hub': emptyHub() }, storage, logLevel: 'silent' });
  onTestFinished(() => server.close({ drainMs: 0 }));
  const { port } = await server.listen({ port: 0 });
  return { server, ask: async () => (await ask(port, requestText('GET', '/readyz'))).body };
}

test.each<StorageProblem | 'unknown' | undefined>([
  'locked',
  'full',
  'unreachable',
  'unwritable',
  'unreadable',
  'newer-schema',
  'gone',
  'closed',
  'failed',
  'unknown',
  undefined,
])('a storage that is %s is told to anybody in a few plain words, and to the program in full', async (problem) => {
  const storage = new FailingStorage();
  const ready = await readiness(storage);
  expect(await ready.ask()).toBe('{"ready":true,"problems":[]}\n');
  storage.failure = problem === undefined ? new Error(SECRET) : new StorageError(problem as StorageProblem, SECRET);
  await eventually(() => ready.server.problems().length > 0);
  expect(await ready.ask()).toMatch(
    /^{"ready":false,"problems":\[{"part":"storage","text":"It [a-z :]+\.","severity":"unready"}\]}\n$/i,
  );
  expect(ready.server.problems()).toMatchObject([{ detail: SECRET, severity: 'unready' }]);
});

test('a storage that works, but not as it should, says how severe that is, and is told without its path', async () => {
  const storage = new FailingStorage();
  const { server, ask } = await readiness(storage);
  for (const severity of ['degraded', 'unready'] as const) {
    storage.trouble = { severity, text: 'It grows.', detail: SECRET };
    const problem = { part: 'storage', text: 'It grows.', severity };
    await eventually(() => server.problems()[0]?.severity === severity);
    expect(server.problems()).toEqual([{ ...problem, detail: SECRET }]);
    expect(await ask()).toBe(`${JSON.stringify({ ready: severity === 'degraded', problems: [problem] })}\n`);
  }
  storage.trouble = undefined;
  await eventually(() => server.problems().length === 0);
});

const DEGRADED: HealthProblem = { part: 'one', text: 'It is away.', severity: 'degraded', detail: SECRET };
const UNREADY: HealthProblem = { part: 'other', text: 'It is gone.', severity: 'unready' };

test.each<[string, readonly HealthProblem[], number]>([
  ['nothing', [], 200],
  ['what degrades the server', [DEGRADED], 200],
  ['what makes it unready', [UNREADY], 503],
  ['both', [DEGRADED, UNREADY], 503],
])('%s is named with its severity, and only what is unready is 503', async (_what, problems, status) => {
  const http = createListener(
    [(...asked) => answerHealth(...asked, () => problems)],
    { refused() {}, failed() {} },
    5_000,
  );
  onTestFinished(() => void http.close());
  const { port } = await bind(http, { port: 0, host: '127.0.0.1' });
  const answer = await ask(port, requestText('GET', '/readyz'));
  expect(answer.status).toBe(status);
  const shown = problems.map(({ part, text, severity }) => ({ part, text, severity }));
  expect(JSON.parse(answer.body)).toEqual({ ready: status === 200, problems: shown });
  expect((await ask(port, requestText('GET', '/healthz'))).status).toBe(200);
});

test('a storage that cannot be reached: the server starts, says so, and is ready once it can be', async () => {
  const storage = new FailingStorage();
  storage.failure = new StorageError('unreachable', SECRET);
  const ready = await readiness(storage);
  const problems = [{ part: 'storage', text: 'It cannot be reached.', severity: 'unready' }];
  expect(await ready.ask()).toBe(`${JSON.stringify({ ready: false, problems })}\n`);
  storage.failure = undefined;
  await eventually(() => ready.server.problems().length === 0);
  expect(await ready.ask()).toBe('{"ready":true,"problems":[]}\n');
});
