import { expect, test } from 'vitest';
import { BEACON_MS, known, Site } from './nodes-site.ts';

test('the last message of a node that ends is told as a gap when it is lost', async () => {
  const site = await Site.of(3);
  const here = await site.client(0);
  for (const at of [1, 2]) await site.client(at);
  await site.nodes.pass(5 * BEACON_MS);
  const there = site.node(1).backplane;
  site.nodes.exchange.loses = ({ channel, to }) => to === there && channel.includes(':g:red');
  await site.call(here, 'ToGroup', 'red', 'the last one');
  void site.node(0).cluster.close();
  await site.nodes.settle();
  expect(known([site.node(1), site.node(2)])).toEqual(['node-2', 'node-1']);
  expect(site.gaps).toEqual([[], ['red'], []]);
});
