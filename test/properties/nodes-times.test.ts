import { describe, expect, test } from 'vitest';
import type { BackplaneError } from '../../src/backplane/backplane.ts';
import { nodeHub } from '../nodes/node-hub.ts';
import { answerTo, BEACON_MS, heardBy, known, LEASE_MS, NOTICED_MS, problemsOf, Site } from './nodes-site.ts';

describe('nodes', () => {
  test('of which several greet each other keep their leases', async () => {
    const { nodes } = await Site.of(3);
    await nodes.pass(60_000);
    expect(nodes.all.map(({ cluster }) => cluster.state)).toEqual(['linked', 'linked', 'linked']);
    expect(known(nodes.all)).toEqual(['node-1 node-2', 'node-0 node-2', 'node-0 node-1']);
  });
});

describe('a node that is paused', () => {
  test('for less than its lease is alive all the time, and misses nothing', async () => {
    const site = await Site.of(2);
    const [here, there] = [await site.client(0), await site.client(1)];
    site.node(1).pause();
    const asked = site.begin(here, 'Ask', there.id, 'who?');
    await site.call(here, 'ToGroup', 'red', 'meanwhile');
    await site.nodes.pass(LEASE_MS / 2);
    site.node(1).resume();
    await site.nodes.settle();
    expect(heardBy(there)).toEqual(['meanwhile']);
    there.client.complete(there.client.requestedResults[0]?.invocationId ?? '', { result: 'me' });
    await site.nodes.pass(LEASE_MS);
    expect(answerTo(here, asked)).toEqual('me');
    expect(site.gaps).toEqual([[], []]);
    expect(known(site.nodes.all)).toEqual(['node-1', 'node-0']);
  });

  test('beyond its lease counts as dead, ends what waits for it, and is back with its connections', async () => {
    const site = await Site.of(3);
    const [here, there] = [await site.client(0), await site.client(1)];
    const asked = site.begin(here, 'Ask', there.id, 'who?');
    await site.nodes.settle();
    site.node(1).pause();
    await site.nodes.pass(LEASE_MS - BEACON_MS - LEASE_MS / 3);
    expect([answerTo(here, asked), ...known([site.node(0)])]).toEqual(['none', 'node-1 node-2']);
    await site.nodes.pass(NOTICED_MS);
    expect(answerTo(here, asked)).toMatch(/disconnected|does not exist/);
    expect(known([site.node(0), site.node(2)])).toEqual(['node-2', 'node-0']);
    expect(await site.call(here, 'Members', 'red')).toEqual([here.id]);
    site.node(1).resume();
    await site.nodes.pass(2 * BEACON_MS);
    expect(known(site.nodes.all)).toEqual(['node-1 node-2', 'node-0 node-2', 'node-0 node-1']);
    await site.call(here, 'ToGroup', 'red', 'again');
    expect(heardBy(there)).toEqual(['again']);
    const again = site.begin(here, 'Ask', there.id, 'who?');
    await site.nodes.settle();
    there.client.complete(there.client.requestedResults.at(-1)?.invocationId ?? '', { result: 'me' });
    await site.nodes.settle();
    expect(answerTo(here, again)).toEqual('me');
    expect(await site.call(here, 'Members', 'red')).toEqual([here.id, there.id].sort());
  });
});

describe('a node that crashes', () => {
  test('is dead when its lease has run out, and nothing waits for it any more', async () => {
    const site = await Site.of(3);
    const [here, there] = [await site.client(0), await site.client(1)];
    const asked = site.begin(here, 'Ask', there.id, 'who?');
    await site.nodes.settle();
    site.node(1).crash();
    const counted = site.begin(here, 'Members', 'red');
    await site.nodes.pass(LEASE_MS / 2 + 2_000);
    expect(answerTo(here, counted)).toMatch('Not all nodes');
    expect(answerTo(here, asked)).toEqual('none');
    await site.nodes.pass(NOTICED_MS - LEASE_MS / 2 - 2_000);
    expect(answerTo(here, asked)).toMatch('disconnected');
    expect(await site.call(here, 'Members', 'red')).toEqual([here.id]);
    expect(known([site.node(0), site.node(2)])).toEqual(['node-2', 'node-0']);
    expect(site.node(0).cluster.link.heard.nodes).toEqual(1);
  });

  test('and starts again at once waits for its own lease, and is linked then', async () => {
    const site = await Site.of(2);
    site.node(1).crash();
    const again = site.nodes.add(nodeHub(), { clusterOptions: { nodeId: 'node-1' } });
    const started = again.cluster.start().then(() => site.nodes.clock.now());
    await site.nodes.pass(LEASE_MS / 2);
    expect(again.cluster.state).toEqual('syncing');
    expect(problemsOf(again)).toEqual(['backplane']);
    await site.nodes.pass(NOTICED_MS);
    expect(again.cluster.state).toEqual('linked');
    expect(await started).toBeLessThanOrEqual(NOTICED_MS);
    expect(known([site.node(0)])).toEqual(['node-1']);
  });
});

describe('a node with the id of another one', () => {
  test('does not start as long as that one lives, which goes on', async () => {
    const site = await Site.of(2);
    const twin = site.nodes.add(nodeHub(), { clusterOptions: { nodeId: 'node-1' } });
    const refused = twin.cluster.start().catch((error: BackplaneError) => error.problem);
    await site.nodes.pass(2 * NOTICED_MS);
    expect(await refused).toEqual('node-id-taken');
    expect(twin.cluster.isLinked).toBe(false);
    expect(site.node(1).cluster.isLinked).toBe(true);
    const [here, there] = [await site.client(0), await site.client(1)];
    await site.call(here, 'ToGroup', 'red', 'hello');
    expect(heardBy(there)).toEqual(['hello']);
  });

  test('takes it while that one is paused, and that one is not linked when it is back', async () => {
    const site = await Site.of(2);
    site.node(1).pause();
    await site.nodes.pass(NOTICED_MS);
    const twin = site.nodes.add(nodeHub(), { clusterOptions: { nodeId: 'node-1' } });
    void twin.cluster.start();
    await site.nodes.pass(BEACON_MS);
    expect(twin.cluster.isLinked).toBe(true);
    site.node(1).resume();
    await site.nodes.pass(BEACON_MS);
    expect(site.node(1).cluster.isLinked).toBe(false);
    await site.nodes.pass(3 * LEASE_MS);
    expect(site.node(1).cluster.isLinked).toBe(false);
    expect(problemsOf(site.node(1))).toEqual(['backplane']);
    expect(twin.cluster.isLinked).toBe(true);
  });
});

describe('a node that hears nothing', () => {
  test('notices within four beacons, is linked anew, and is told what it has missed', async () => {
    const site = await Site.of(2);
    const [here, there] = [await site.client(0), await site.client(1)];
    await site.nodes.pass(5 * BEACON_MS);
    site.node(1).backplane.deafen();
    await site.call(here, 'ToGroup', 'red', 'lost');
    await site.nodes.pass(4 * BEACON_MS + 200);
    expect(site.node(1).cluster.isLinked).toBe(true);
    expect(site.node(1).server.log.lines.filter(({ text }) => text === 'linked to the backplane').length).toEqual(2);
    await site.nodes.pass(2 * BEACON_MS);
    expect(site.gaps).toEqual([[], ['red']]);
    await site.call(here, 'ToGroup', 'red', 'heard');
    expect(heardBy(there)).toEqual(['heard']);
  });
});

describe('a node to which a message is lost', () => {
  test('is told so, even if the beacons that tell of it are lost, too', async () => {
    const site = await Site.of(2);
    const here = await site.client(0);
    await site.client(1);
    await site.nodes.pass(5 * BEACON_MS);
    site.nodes.exchange.loses = ({ from }) => from === site.node(0).backplane;
    await site.call(here, 'ToGroup', 'red', 'lost');
    await site.nodes.pass(2 * BEACON_MS + 500);
    expect(site.gaps).toEqual([[], []]);
    site.nodes.exchange.loses = () => false;
    await site.nodes.pass(2 * BEACON_MS + 200);
    expect(site.gaps).toEqual([[], ['red']]);
  });

  test('is told so when it was sent at once after it was subscribed, and the connection is lost', async () => {
    const site = await Site.of(2);
    const here = await site.client(0);
    await site.nodes.pass(5 * BEACON_MS);
    await site.client(1);
    site.nodes.exchange.loses = () => true;
    await site.call(here, 'ToGroup', 'red', 'lost');
    site.node(1).backplane.cut();
    site.nodes.exchange.loses = () => false;
    await site.nodes.pass(2 * BEACON_MS + 200);
    expect(site.gaps).toEqual([[], ['red']]);
  });

  test('is told so although it has taken the sender for dead meanwhile', async () => {
    const site = await Site.of(2);
    const here = await site.client(0);
    await site.client(1);
    await site.nodes.pass(5 * BEACON_MS);
    site.node(0).backplane.isAway = true;
    site.node(0).backplane.cut();
    await site.nodes.pass(NOTICED_MS);
    expect(known([site.node(1)])).toEqual(['']);
    await site.call(here, 'ToGroup', 'red', 'lost');
    site.node(0).backplane.isAway = false;
    site.node(0).backplane.tryAgain();
    await site.nodes.pass(2 * BEACON_MS + 200);
    expect(site.gaps).toEqual([[], ['red']]);
  });
});

describe.each([
  { keepsData: true, what: 'keeps its data' },
  { keepsData: false, what: 'has lost everything' },
])('a backplane that is away for a minute, and $what,', ({ keepsData }) => {
  test('leaves each node to itself, which says so, and all are linked when it is back', async () => {
    const site = await Site.of(3);
    const [here, near, there] = [await site.client(0), await site.client(0), await site.client(1)];
    site.nodes.exchange.kill({ keepsData });
    await site.nodes.settle();
    expect(site.nodes.all.map(problemsOf)).toEqual([['backplane'], ['backplane'], ['backplane']]);
    expect(await site.call(here, 'ToGroup', 'red', 'to those here')).toEqual('done');
    await site.nodes.pass(60_000);
    expect(heardBy(near)).toEqual(['to those here']);
    expect(await site.call(here, 'Members', 'red')).toMatch('Not all nodes');
    site.nodes.exchange.comeBack();
    await site.nodes.pass(2 * BEACON_MS + 200);
    expect(site.nodes.all.map(problemsOf)).toEqual([[], [], []]);
    expect(known(site.nodes.all)).toEqual(['node-1 node-2', 'node-0 node-2', 'node-0 node-1']);
    await site.call(here, 'ToGroup', 'red', 'to all');
    expect(heardBy(there)).toEqual(['to all']);
    expect(await site.call(there, 'Members', 'red')).toEqual([here.id, near.id, there.id].sort());
    expect(site.gaps).toEqual([[], ['red'], []]);
  });

  test('does not end what waits for a client of another node', async () => {
    const site = await Site.of(2);
    const [here, there] = [await site.client(0), await site.client(1)];
    const asked = site.begin(here, 'Ask', there.id, 'who?');
    await site.nodes.settle();
    site.nodes.exchange.kill({ keepsData });
    await site.nodes.pass(60_000);
    site.nodes.exchange.comeBack();
    await site.nodes.pass(LEASE_MS);
    there.client.complete(there.client.requestedResults[0]?.invocationId ?? '', { result: 'me' });
    await site.nodes.settle();
    expect(answerTo(here, asked)).toEqual('me');
  });
});
