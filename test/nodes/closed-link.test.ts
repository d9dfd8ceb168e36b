import { expect, onTestFinished, test, vi } from 'vitest';
import { BEACON_MS, Site } from '../properties/nodes-site.ts';

test('a node that has ended is not troubled by a connection that is lost then', async () => {
  // XState warns of events that an actor gets when it has ended.
  const warned = vi.spyOn(console, 'warn');
  onTestFinished(() => warned.mockRestore());
  const site = await Site.of(2);
  const { backplane, server } = site.node(0);
  backplane.close = async () => backplane.cut();
  const closed = server.parts.close();
  await site.nodes.pass(BEACON_MS);
  await closed;
  expect(warned.mock.calls).toEqual([]);
});
