// `listen({ handlers })`: what a server answers besides its hubs.
import { expect, onTestFinished, test } from 'vitest';
import { createServer, type RequestHandler } from '../../src/index.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';

/** Answers the paths that begin with this one. */
const answering =
  (path: string, status = 200): RequestHandler =>
  (request, response) => {
    if (request.url?.startsWith(path) !== true) return false;
    response.writeHead(status, { 'Content-Length': path.length }).end(path);
    return true;
  };

async function listen(handlers: readonly RequestHandler[], basePath = '/') {
  const log = new CollectedLog();
  const server = createServer({ hubs: { '/hub': emptyHub() }, logger: log, inspect: true });
  onTestFinished(() => server.close({ drainMs: 0 }));
  const { port } = await server.listen({ port: 0, basePath, handlers });
  return { log, get: (path: string) => ask(port, requestText('GET', path)), port };
}

test('the first handler that answers a request is the last that gets it', async () => {
  const { get } = await listen([answering('/a'), answering('/ab'), answering('/b')]);
  expect((await get('/ab')).body).toBe('/a');
  expect((await get('/b')).body).toBe('/b');
  expect((await get('/c')).status).toBe(404);
});

test('handlers get requests and upgrades that are for no hub, and no health check', async () => {
  const seen: string[] = [];
  const all: RequestHandler = ({ url = '' }, response) => {
    seen.push(url);
    response.end();
    return true;
  };
  const { get, port } = await listen([all], '/realtime');
  for (const path of ['/healthz', '/readyz', '/realtime/hub', '/realtime/hub/negotiate']) await get(path);
  await ask(port, upgradeRequest('/realtime/inspect'));
  expect(seen).toEqual([]);
  for (const path of ['/', '/hub', '/realtime/other']) await get(path);
  await ask(port, upgradeRequest('/mine'));
  expect(seen).toEqual(['/', '/hub', '/realtime/other', '/mine']);
});

test.each([
  [undefined, 'timeout=75'],
  [2_000, 'timeout=2'],
])(
  'with keepAliveTimeoutMs %s connections stay open for a while, and clients are told for how long',
  async (ms, told) => {
    const server = createServer({ hubs: { '/hub': emptyHub() }, logLevel: 'silent' });
    onTestFinished(() => server.close({ drainMs: 0 }));
    const { port } = await server.listen({ port: 0, ...(ms === undefined ? {} : { keepAliveTimeoutMs: ms }) });
    const { headers } = await ask(port, requestText('GET', '/healthz'));
    expect([headers.get('connection'), headers.get('keep-alive')]).toEqual(['keep-alive', told]);
  },
);

test('what asks for another host does not reach them', async () => {
  const { port } = await listen([answering('/')]);
  expect((await ask(port, requestText('GET', '/', { Host: 'other.example' }))).status).toBe(421);
});

test('a body for them that is announced (Expect: 100-continue) is asked for', async () => {
  const { port } = await listen([answering('/a')]);
  const announced = requestText('POST', '/a', { Expect: '100-continue', 'Content-Length': '1' });
  expect((await ask(port, announced)).status).toBe(100);
});

test.each<[string, RequestHandler, string]>([
  [
    'throws',
    () => {
      throw new Error('a fault');
    },
    'Error: a fault',
  ],
  // An application of Express, for example: its answer would come behind ours.
  [
    'says nothing',
    (() => {}) as unknown as RequestHandler,
    'TypeError: A handler of listen must return true or false, not undefined.',
  ],
  [
    'answers later whether it has answered',
    () => Promise.reject(new Error('late')) as unknown as boolean,
    'TypeError: A handler of listen must return true or false, not a Promise.',
  ],
])('a handler that %s is a fault: 500, and a line in the log', async (_what, broken, error) => {
  const { get, log } = await listen([answering('/a'), broken]);
  expect((await get('/b')).status).toBe(500);
  expect(log.faults).toEqual([expect.objectContaining({ text: 'a request failed', error })]);
  expect((await get('/a')).status).toBe(200);
});

test('a handler that throws in the middle of its answer ends the socket', async () => {
  const { get, log } = await listen([
    (_request, response) => {
      response.writeHead(200, { 'Content-Length': 2 }).write('a');
      throw new Error('a fault');
    },
  ]);
  await expect(get('/')).rejects.toThrow();
  expect(log.faults).toHaveLength(1);
});

test('a 405 of a handler is logged as that of a hub is', async () => {
  const { get, log } = await listen([answering('/a', 405)]);
  expect((await get('/a')).status).toBe(405);
  expect(log.lines).toContainEqual(expect.objectContaining({ text: expect.stringContaining('refused with 405') }));
});
