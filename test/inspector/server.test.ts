// The inspector as users get it: an option of the server.
import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createChatHub } from '../../src/hubs/chat.ts';
import type { ServerOptions } from '../../src/index.ts';
import { resolveOptions } from '../../src/options.ts';
import { ServerParts } from '../../src/server.ts';
import { connect } from '../support/clients.ts';
import { Inbox } from '../support/inbox.ts';
import { RawClient } from '../support/raw-client.ts';
import { ask, upgradeRequest } from '../support/raw-http.ts';
import { actorNamed } from './inspected-server.ts';

async function listen(options: Omit<ServerOptions, 'hubs'>) {
  const hubs = { '/hubs/chat': createChatHub() };
  const server = new ServerParts(resolveOptions({ logLevel: 'silent', ...options, hubs }));
  onTestFinished(() => server.close({ drainMs: 0 }));
  const { port } = await server.listen({ port: 0 });
  return { server, port };
}

test('with `inspect` its actors are seen at /inspect', async () => {
  const { port } = await listen({ inspect: true });
  const { connectionId } = await connect(`http://127.0.0.1:${port}/hubs/chat`);
  const seen = new Inbox<StatelyInspectionEvent>();
  createWebSocketReceiver({ server: `ws://127.0.0.1:${port}/inspect` }).subscribe(seen.put);
  await actorNamed(seen, connectionId as string);
});

test('without it there is no such path, and nobody observes the actor system', async () => {
  const { server, port } = await listen({});
  const { system } = server.supervisor.actor;
  const inspect = vi.spyOn(system, 'inspect');
  expect((await ask(port, upgradeRequest('/inspect'))).status).toBe(404);
  expect(inspect).not.toHaveBeenCalled();
});

test('with a token only who has it gets in', async () => {
  const { port } = await listen({ inspect: { token: 'correct horse battery' } });
  expect((await ask(port, upgradeRequest('/inspect'))).status).toBe(401);
  const headers = { Authorization: 'Bearer correct horse battery' };
  expect((await ask(port, upgradeRequest('/inspect', headers))).status).toBe(101);
  expect((await ask(port, upgradeRequest('/inspect?token=correct+horse+battery'))).status).toBe(101);
});

test('at its end the server lets inspectors go', async () => {
  const { server, port } = await listen({ inspect: true });
  const raw = await RawClient.upgrade(port, { path: '/inspect' });
  await server.close();
  expect(await raw.ended).toEqual({ code: 1001 });
});
