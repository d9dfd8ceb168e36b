import { describe, expect, test } from 'vitest';
import type { RefusedError } from '../../src/errors.ts';
import { defer } from '../../src/promises.ts';
import { nodeHub } from '../nodes/node-hub.ts';
import { MemoryNodes } from '../support/memory-nodes.ts';
import { moderated } from '../support/moderated.ts';
import { CALL_MS } from '../support/simulated-backplane.ts';
import { answerTo, BEACON_MS, heardBy, known, LEASE_MS, NOTICED_MS, Site } from './nodes-site.ts';

describe('while the backplane is away', () => {
  test('groups that come and go leave nothing behind', async () => {
    const site = await Site.of(2);
    const here = await site.client(0);
    site.nodes.exchange.kill({ keepsData: true });
    await site.nodes.settle();
    for (let n = 0; n < 100; n++) {
      site.begin(here, 'Join', `group ${n}`);
      site.begin(here, 'LeaveOther', here.id, `group ${n}`);
    }
    await site.nodes.settle();
    // Its own two channels, the hub, the user and the group.
    expect(site.node(0).cluster.link.subscriptions.size).toEqual(5);
  });

  test('groups that nobody wanted any more before are not subscribed anew', async () => {
    const site = await Site.of(2);
    const here = await site.client(0);
    await site.call(here, 'LeaveOther', here.id, 'red');
    site.nodes.exchange.kill({ keepsData: true });
    await site.nodes.settle();
    site.nodes.exchange.comeBack();
    await site.nodes.pass(BEACON_MS);
    expect([...site.node(0).backplane.channels].filter((channel) => channel.includes('red'))).toEqual([]);
  });

  test('a server that starts can be closed, and its start ends', async () => {
    const nodes = new MemoryNodes();
    nodes.exchange.isAway = true;
    const node = nodes.add(nodeHub());
    const started = node.cluster.start().catch((error: Error) => error.message);
    await nodes.pass(BEACON_MS);
    const closed = node.server.parts.close().then(() => 'closed');
    await nodes.pass(BEACON_MS);
    expect(await started).toMatch('was closed before it has started');
    expect(await closed).toEqual('closed');
  });

  test('a server that starts does so without the others after a while', async () => {
    const nodes = new MemoryNodes();
    nodes.exchange.isAway = true;
    const node = nodes.add(nodeHub());
    const started = node.cluster.start().then(() => nodes.clock.now());
    await nodes.pass(3 * LEASE_MS);
    expect(await started).toBeLessThanOrEqual(3 * LEASE_MS);
    expect(node.cluster.isLinked).toBe(false);
  });
});

describe('a connection to the backplane', () => {
  test('is not given up because of what an earlier one has asked', async () => {
    const site = await Site.of(3);
    const { backplane, cluster } = site.node(1);
    // The new connection waits for its greeting.
    site.node(2).pause();
    backplane.faults.set('renewLease', 'lost');
    backplane.cut();
    await site.nodes.pass(CALL_MS - 500);
    backplane.faults.clear();
    backplane.cut();
    await site.nodes.pass(2 * BEACON_MS);
    expect([cluster.state, backplane.connections]).toEqual(['linked', 3]);
  });

  test('is made anew when its lease is not renewed in time', async () => {
    const site = await Site.of(2);
    const { backplane, cluster } = site.node(1);
    backplane.faults.set('renewLease', 'lost');
    await site.nodes.pass(NOTICED_MS);
    expect(known([site.node(0)])).toEqual(['']);
    expect(cluster.isLinked).toBe(false);
    backplane.faults.clear();
    await site.nodes.pass(NOTICED_MS);
    expect(known(site.nodes.all)).toEqual(['node-1', 'node-0']);
  });
});

describe('a node that ends', () => {
  test('ends the invocations of clients of other nodes', async () => {
    const site = await Site.of(2);
    const there = await site.client(1);
    const { host, parts } = site.node(0).server;
    const sender = { connectionId: undefined, user: null };
    const asked = host.router.invoke(sender, there.id, 'Asked', ['who?'], {}).catch((error: Error) => error.message);
    await site.nodes.settle();
    const closed = parts.close();
    await site.nodes.pass(BEACON_MS);
    await closed;
    expect(await asked).toMatch('cannot be reached');
    await site.nodes.pass(LEASE_MS);
    expect(site.node(1).cluster.invocations).toEqual(0);
  });

  test('does not wait for its channels any more', async () => {
    const site = await Site.of(2);
    const here = await site.client(0);
    const { backplane, server } = site.node(0);
    backplane.faults.set('subscribe', 'lost');
    const joined = server.host.router.join(here.id, 'blue').then(() => 'joined');
    await site.nodes.settle();
    const closed = server.parts.close({ drainMs: 0 });
    await site.nodes.pass(BEACON_MS);
    await closed;
    expect(await joined).toEqual('joined');
  });
});

describe("with onOutage: 'reject'", () => {
  const REJECTING = { clusterOptions: { onOutage: 'reject' as const } };

  test('a message that may have receivers elsewhere reaches nobody, and others go on', async () => {
    const site = await Site.of(2, REJECTING);
    const [here, near, there] = [await site.client(0), await site.client(0), await site.client(1)];
    site.nodes.exchange.kill({ keepsData: true });
    await site.nodes.settle();
    expect(await site.call(here, 'ToGroup', 'red', 'x')).toMatch('cannot be reached');
    expect(await site.call(here, 'ToAll', 'x')).toMatch('cannot be reached');
    expect(await site.call(here, 'ToUser', 'ann', 'x')).toMatch('cannot be reached');
    expect(await site.call(here, 'ToClient', there.id, 'x')).toMatch('cannot be reached');
    expect(await site.call(here, 'ToClient', near.id, 'near')).toEqual('done');
    expect(await site.call(here, 'ToClient', 'nobody', 'x')).toEqual('done');
    expect([here, near, there].map(heardBy)).toEqual([[], ['near'], []]);
    site.nodes.exchange.comeBack();
    await site.nodes.pass(2 * BEACON_MS);
    expect(await site.call(here, 'ToGroup', 'red', 'again')).toEqual('done');
    expect([here, near, there].map(heardBy)).toEqual([['again'], ['near', 'again'], ['again']]);
  });

  test('so does one that a moderator has held until the backplane was lost', async () => {
    const verdict = defer();
    const site = await Site.of(2, REJECTING, (hub) => moderated(hub, [() => verdict.promise.then(() => undefined)]));
    const [here, near] = [await site.client(0), await site.client(0)];
    const [toGroup, toClient] = [
      site.begin(here, 'ToGroup', 'red', 'held'),
      site.begin(here, 'ToClient', near.id, 'near'),
    ];
    await site.nodes.settle();
    site.nodes.exchange.kill({ keepsData: true });
    await site.nodes.settle();
    verdict.resolve();
    await site.nodes.settle();
    expect(answerTo(here, toGroup)).toMatch('cannot be reached');
    expect(answerTo(here, toClient)).toEqual('done');
    expect([here, near].map(heardBy)).toEqual([[], ['near']]);
    const { accepted, delivered, droppedBy } = site.node(0).server.host.broadcast.ledger.figures();
    expect({ accepted, delivered, droppedBy }).toEqual({ accepted: 1, delivered: 0, droppedBy: { unshared: 1 } });
  });
});

describe('an answer of which a node is missing', () => {
  test('names it, and has what the others have answered', async () => {
    const site = await Site.of(3);
    const here = await site.client(0);
    const near = await site.client(2);
    await site.client(1);
    site.node(1).pause();
    const { router } = site.node(0).server.host;
    const refused = router.members('red').catch((error: RefusedError) => [error.missing, error.partial]);
    const counted = router.count('red').catch((error: RefusedError) => [error.missing, error.partial]);
    await site.nodes.pass(LEASE_MS / 2 + 500);
    expect(await refused).toEqual([['node-1'], [here.id, near.id]]);
    expect(await counted).toEqual([['node-1'], 2]);
  });
});
