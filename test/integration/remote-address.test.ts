import { expect, onTestFinished, test } from 'vitest';
import { createServer, method, setupHub } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { Inbox } from '../support/inbox.ts';
import { ask, requestText } from '../support/raw-http.ts';

test('a client of a dual-stack listener has its IPv4 address everywhere', async () => {
  const seen = new Inbox<string>();
  const log = new CollectedLog();
  const hub = setupHub({}).createHub({ methods: { From: method([], ({ request }) => request.remoteAddress) } });
  const authenticate = ({ remoteAddress }: { readonly remoteAddress: string }) => {
    seen.put(remoteAddress);
    return null;
  };
  const server = createServer({ hubs: { '/hub': hub }, authenticate, logger: log });
  onTestFinished(() => server.close({ drainMs: 0 }));
  const { port } = await server.listen({ port: 0, host: '::' });
  const client = await openRaw(port);
  expect(await client.invoke('From')).toMatchObject({ result: '127.0.0.1' });
  expect((await ask(port, requestText('PUT', '/hub'))).status).toBe(405);
  expect(seen.all).toEqual(['127.0.0.1', '127.0.0.1']);
  const addresses = log.lines.flatMap(({ data }) => ('remoteAddress' in data ? [data.remoteAddress] : []));
  // That it has connected, and what was refused.
  expect(addresses).toEqual(['127.0.0.1', '127.0.0.1']);
});
