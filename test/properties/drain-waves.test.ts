import { expect, test } from 'vitest';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { MemoryServer, NOTHING_LEFT } from '../support/memory-server.ts';

test('a server with many clients sends them away in waves, all within the time for draining', async () => {
  const server: MemoryServer = new MemoryServer(setupHub({}).createHub({ methods: {} }));
  const peers = await Promise.all(Array.from({ length: 1_200 }, () => server.connect()));
  const sentAway = () => peers.filter(({ client }) => client.closeRecord !== undefined).length;
  server.parts.close({ drainMs: 10_000 });
  await server.settle();
  expect(sentAway()).toBe(500);
  await server.pass(300);
  expect(sentAway()).toBe(1_000);
  await server.pass(300);
  expect(sentAway()).toBe(1_200);
  expect(peers.every(({ client }) => client.closeRecord?.allowReconnect === true)).toBe(true);
  expect(server.parts.node.state).toBe('stopped');
  expect(server.leftovers()).toEqual(NOTHING_LEFT);
});

test('who is told late may be told by the deadline', async () => {
  const server: MemoryServer = new MemoryServer(setupHub({}).createHub({ methods: {} }));
  const peers = await Promise.all(Array.from({ length: 1_200 }, () => server.connect()));
  server.parts.close({ drainMs: 0 });
  await server.pass(200);
  expect(peers.every(({ client }) => client.closeRecord !== undefined)).toBe(true);
});
