import { describe, expect, test } from 'vitest';
import type { RefusedError } from '../../src/errors.ts';
import { BEACON_MS, heardBy, LEASE_MS, NOTICED_MS, Site } from './nodes-site.ts';

const MAXIMUM_ASKED = 10_000;
const KEPT_BYTES = 16 * 1_024 * 1_024;

describe('the backplane of a node keeps', () => {
  test('no more questions than are answered twice alike', async () => {
    const site = await Site.of(2);
    site.node(1).pause();
    const { cluster, server } = site.node(0);
    const all = Array.from({ length: MAXIMUM_ASKED }, () => server.host.router.count('red').catch(() => 'rejected'));
    expect(cluster.questions).toEqual(MAXIMUM_ASKED);
    const refused = await server.host.router.count('red').catch((error: RefusedError) => error.missing);
    expect(refused).toEqual(['node-1']);
    await site.nodes.pass(LEASE_MS / 2 + 500);
    expect(new Set(await Promise.all(all))).toEqual(new Set(['rejected']));
    expect(cluster.questions).toEqual(0);
  });

  test('no more answers than fit', async () => {
    const site = await Site.of(2);
    const [one, other] = [site.node(0).cluster, site.node(1).cluster];
    other.answers.on('long', null, () => 'x'.repeat(1_048_576));
    for (let n = 0; n < 20; n++) {
      const asked = one.askAll({ name: 'long', hub: null, args: [] });
      await site.nodes.settle();
      expect((await asked).replies.length).toEqual(1);
      expect(other.answers.kept.bytes).toBeLessThanOrEqual(KEPT_BYTES);
    }
    expect(other.answers.kept.bytes).toBeGreaterThan(KEPT_BYTES / 2);
  });

  test('no more messages than an outbox may hold while the backplane does not answer, and counts the others', async () => {
    const site = await Site.of(2, { hubOptions: { outboxes: { broadcast: { capacity: 10 } } } });
    const [here, near, there] = [await site.client(0), await site.client(0), await site.client(1)];
    site.node(0).backplane.faults.set('publish', 'lost');
    for (let n = 0; n < 30; n++) site.begin(here, 'ToOthers', `${n}`);
    await site.nodes.settle();
    const { publisher } = site.node(0).cluster.link;
    expect(heardBy(near).length).toEqual(30);
    expect(publisher.unshared).toEqual({ full: 20 });
    site.node(0).backplane.faults.clear();
    await site.nodes.pass(5 * BEACON_MS);
    expect([publisher.unshared, publisher.shared, publisher.waitingBytes]).toEqual([{ full: 20, failed: 10 }, 0, 0]);
    await site.call(here, 'ToOthers', 'again');
    expect([heardBy(there), publisher.shared]).toEqual([['again'], 1]);
  });

  test('nothing of nodes that have ended, nor of their late messages', async () => {
    const site = await Site.of(3);
    const [here] = [await site.client(0), await site.client(1), await site.client(2)];
    await site.call(here, 'ToAll', 'x');
    await site.nodes.pass(5 * BEACON_MS);
    const { heard, directory } = site.node(0).cluster.link;
    expect([heard.nodes, directory.size]).toEqual([2, 2]);
    site.node(1).crash();
    site.node(2).backplane.isAway = true;
    site.node(2).backplane.cut();
    await site.nodes.pass(NOTICED_MS);
    expect([heard.nodes, directory.size]).toEqual([0, 0]);
    // A message that was on its way for long.
    heard.heard('d:hub:all', { bootId: 'somebody', number: 7, previous: 0, items: [] });
    expect(heard.nodes).toEqual(1);
    await site.nodes.pass(LEASE_MS);
    expect(heard.nodes).toEqual(0);
  });
});

describe('a node that answers no question about what it has sent', () => {
  test('is asked again at its beacons, and not all the time', async () => {
    const site = await Site.of(2);
    const here = await site.client(0);
    await site.client(1);
    await site.nodes.pass(5 * BEACON_MS);
    let asked = 0;
    site.node(0).cluster.answers.on('sent', null, () => {
      asked += 1;
      throw new Error('It does not know.');
    });
    site.node(1).backplane.deafen();
    await site.call(here, 'ToGroup', 'red', 'lost');
    await site.nodes.pass(20 * BEACON_MS);
    expect(asked).toBeGreaterThan(10);
    expect(asked).toBeLessThan(30);
  });
});
