import { expect, test } from 'vitest';
import { CONTROL } from '../../src/backplane/wire/channels.ts';
import { Envelopes } from '../../src/backplane/wire/envelope.ts';
import { MemoryNodes } from '../support/memory-nodes.ts';
import { nodeHub } from './node-hub.ts';

const BEACON_MS = 1_000;
const backplaneSecret = 's'.repeat(32);

test('a node that does not hear itself is not deceived by beacons that somebody else writes in its name', async () => {
  const nodes = await MemoryNodes.linked(2, () => nodeHub(), { clusterOptions: { backplaneSecret } });
  const [forger, node] = [nodes.at(0), nodes.at(1)];
  const forged = new Envelopes(node.server.parts.bootId, 'f'.repeat(32));
  const linked = () => node.server.log.lines.filter(({ text }) => text === 'linked to the backplane').length;
  const pass = async (beacons: number) => {
    for (let n = 0; n < beacons; n++) {
      const bytes = forged.write(CONTROL, { number: 1_000 + n, previous: 0, items: [] });
      void forger.backplane.publish([{ channel: CONTROL, bytes }]);
      await nodes.pass(BEACON_MS);
    }
  };
  await pass(6);
  expect(linked()).toBe(1);
  nodes.exchange.loses = ({ from, to }) => from === node.backplane && to === node.backplane;
  await pass(6);
  nodes.exchange.loses = () => false;
  await nodes.pass(6 * BEACON_MS);
  expect(linked()).toBeGreaterThan(1);
  expect(node.cluster.isLinked).toBe(true);
});
