// Presence keys on several nodes in simulated time: nodes that crash, stand still or drain, and backplanes that are away.
import { describe, expect, test } from 'vitest';
import { LEASE_MS } from '../properties/living-nodes.ts';
import { Site } from './presence-site.ts';

/** Renewals of a lease notice that another one has run out. */
const NOTICED_MS = LEASE_MS / 3 + 500;

describe('a connection that moves to another key', () => {
  async function siteOf(count: number) {
    const site = await Site.of(count);
    await site.call(site.client(0), 'Claim', 'x', null, null);
    return site;
  }

  test('is told as one change, and then others can have its old key', async () => {
    const site = await siteOf(2);
    expect(await site.call(site.client(0), 'Move', 'x', 'y')).toBe('done');
    expect(await site.call(site.client(1), 'Claim', 'x', null, null)).toBe(true);
    expect(await site.call(site.client(1), 'Claim', 'y', null, null)).toBe(false);
    expect(site.toldKeys).toEqual(['joined x', 'moved x y', 'joined x']);
    await site.simulation.checkCalm();
  });

  test('keeps its key when somebody else has the other one, and has to have one', async () => {
    const site = await siteOf(2);
    await site.claim(1, 'y', 'bob');
    await site.call(site.client(0), 'Move', 'x', 'y');
    expect(site.client(0).answers).toEqual([true, false]);
    expect(await site.list(1)).toEqual([`x ${site.client(0).peer.id}`, 'y bob']);
    expect(await site.call(site.client(1), 'Move', 'x', 'z')).toContain('no claim on the presence key');
    await site.call(site.client(0), 'Move', 'x', 'x');
    expect(await site.list(1)).toEqual([`x ${site.client(0).peer.id}`, 'y bob']);
    expect(site.toldKeys).toEqual(['joined x', 'joined y']);
  });

  test('at any moment of it its node may die: it is told to have left once, from the key that others know', async () => {
    const ends = new Set<string>();
    for (let turns = 0; turns < 12; turns++) {
      const site = await siteOf(2);
      site.begin(site.client(0), 'Move', 'x', 'y');
      for (let n = 0; n < turns; n++) await site.nodes.turn();
      site.node(0).crash();
      await site.nodes.pass(3 * LEASE_MS);
      expect(await site.list(1)).toEqual([]);
      ends.add(site.toldKeys.join(', '));
    }
    expect([...ends]).toEqual(['joined x, left x', 'joined x, moved x y, left y']);
  });

  test('at any moment of it its link may be lost: it is told as one change, or as two', async () => {
    const ends = new Set<string>();
    for (let turns = 0; turns < 12; turns++) {
      const site = await siteOf(2);
      site.begin(site.client(0), 'Move', 'x', 'y');
      for (let n = 0; n < turns; n++) await site.nodes.turn();
      site.node(0).backplane.cut();
      await site.nodes.pass(LEASE_MS);
      await site.simulation.checkCalm();
      expect(site.client(0).claims.has('y')).toBe(true);
      ends.add([...site.toldKeys].sort().join(', '));
    }
    expect(ends).toEqual(new Set(['joined x, joined y, left x', 'joined x, moved x y']));
    expect([...ends].length).toBe(2);
  });

  test('is not told to have left its old key when the record of its move is lost on the way', async () => {
    const site = await siteOf(2);
    const { presence } = site.node(0).backplane;
    const { markTold } = presence;
    Object.assign(presence, {
      markTold: () => {
        Object.assign(presence, { markTold });
        return Promise.reject(new Error('It is lost.'));
      },
    });
    await site.call(site.client(0), 'Move', 'x', 'y');
    expect(presence.markTold).toBe(markTold);
    await site.nodes.pass(LEASE_MS / 2);
    expect(await site.call(site.client(1), 'Claim', 'x', null, null)).toBe(true);
    expect(site.toldKeys).toEqual(['joined x', 'moved x y', 'joined x']);
  });

  test('that shares its key under another name joins and leaves', async () => {
    const site = await Site.of(2);
    for (const at of [0, 1]) await site.claim(at, 'x', 'ann');
    await site.call(site.client(0), 'Move', 'x', 'y');
    expect(site.toldKeys).toEqual(['joined x', 'joined y']);
    expect(await site.list(0)).toEqual(['x ann', `y ${site.client(0).peer.id}`]);
  });
});

describe('a key', () => {
  test('is refused on every node but that of its holder, and free when it was released and told', async () => {
    const site = await Site.of(3);
    expect(await site.claim(0, 'x', 'ann')).toBe(true);
    expect(await site.claim(1, 'x', 'bob')).toBe(false);
    expect(await site.claim(2, 'x', 'ann')).toBe(true);
    expect(await site.call(site.client(0), 'Release', 'x')).toBe('done');
    expect(await site.claim(1, 'x', 'bob')).toBe(false);
    await site.call(site.client(2), 'Release', 'x');
    expect(await site.claim(1, 'x', 'bob')).toBe(true);
    expect(site.told).toEqual(['node-0: joined ann', 'node-2: left ann', 'node-1: joined bob']);
  });

  test('is given to one of many who claim it at once', async () => {
    const site = await Site.of(3);
    const answers = [0, 1, 2].map((at) => site.begin(site.client(at), 'Claim', 'x', `holder ${at}`, null));
    await site.nodes.pass(500);
    expect(answers.map((answer) => answer()).sort()).toEqual([false, false, true]);
    expect(site.told.length).toBe(1);
  });

  test('is claimed while it is being let go as soon as that was told', async () => {
    const site = await Site.of(2);
    await site.claim(0, 'x', 'ann');
    const released = await site.pausedAtWrite(0, 'Release', 'x');
    const claimed = site.begin(site.client(1), 'Claim', 'x', 'bob', null);
    await site.nodes.pass(1_000);
    expect([claimed(), ...site.told]).toEqual(['none', 'node-0: joined ann']);
    site.node(0).resume();
    await site.nodes.pass(500);
    expect([released(), claimed()]).toEqual(['done', true]);
    expect(site.told.slice(1)).toEqual(['node-0: left ann', 'node-1: joined bob']);
  });
});

describe('a node that crashes', () => {
  test('is hidden when its lease has run out, and its keys are told as left once, a lease later', async () => {
    const site = await Site.of(3);
    for (const key of ['x', 'y']) await site.claim(1, key, 'ann');
    await site.claim(1, 'z', 'cat');
    await site.claim(2, 'z', 'cat');
    site.node(1).crash();
    await site.nodes.pass(LEASE_MS - LEASE_MS / 3);
    expect(await site.list(0)).toEqual(['x ann', 'y ann', 'z cat']);
    await site.nodes.pass(LEASE_MS / 3 + 100);
    expect(await site.list(0)).toEqual(['z cat']);
    await site.nodes.pass(LEASE_MS - NOTICED_MS);
    expect(site.told.length).toBe(3);
    await site.nodes.pass(2 * NOTICED_MS + 500);
    const left = site.told.slice(3);
    expect(left.map((text) => text.replace(/node-[02]/, 'another'))).toEqual([
      'another: left ann',
      'another: left ann',
    ]);
    await site.nodes.pass(5 * LEASE_MS);
    expect(site.told.length).toBe(5);
    const reaped = site.simulation.living.map(({ server }) => server.host.presence.figures.reaped);
    expect(reaped.reduce((sum, each) => sum + each, 0)).toBe(3);
  });

  test('loses its keys to others, who tell both, and to the same holder elsewhere, of which nothing is told', async () => {
    const site = await Site.of(2);
    for (const [key, as] of [
      ['x', 'ann'],
      ['y', 'cat'],
    ] as const)
      await site.claim(1, key, as, 1);
    site.node(1).crash();
    await site.nodes.pass(LEASE_MS + 100);
    expect(await site.claim(0, 'x', 'bob')).toBe(true);
    expect(await site.claim(0, 'y', 'cat', 1)).toBe(true);
    expect(site.told.slice(2)).toEqual(['node-0: left ann', 'node-0: joined bob']);
    await site.call(site.client(0), 'Update', 'y', 2);
    await site.nodes.pass(5 * LEASE_MS);
    expect(site.told.slice(4)).toEqual(['node-0: updated cat']);
    expect(await site.list(0)).toEqual(['x bob', 'y cat']);
  });

  test('before it has told that somebody came leaves nothing to tell', async () => {
    const site = await Site.of(2);
    await site.pausedAtWrite(1, 'Claim', 'x', 'ann', null);
    site.node(1).crash();
    expect(site.nodes.exchange.presences.of('/hub').get('x')?.as).toBe('ann');
    await site.nodes.pass(5 * LEASE_MS);
    expect(site.told).toEqual([]);
    expect(site.nodes.exchange.presences.of('/hub').size, 'the living one').toBe(1);
  });

  test('is found by one that has started afterwards', async () => {
    const site = await Site.of(1);
    await site.claim(0, 'x', 'ann');
    site.node(0).crash();
    await site.nodes.pass(LEASE_MS);
    site.simulation.add();
    await site.nodes.pass(LEASE_MS);
    expect(site.told.length).toBe(1);
    await site.nodes.pass(2 * NOTICED_MS);
    expect(site.told.slice(1)).toEqual(['node-1: left ann']);
  });
});

describe('a node that is drained', () => {
  test('tells that its connections have left before it says that it ends', async () => {
    const site = await Site.of(2);
    await site.claim(1, 'x', 'ann');
    site.simulation.drain(site.node(1));
    await site.nodes.pass(1_000);
    expect(site.told.slice(1)).toEqual(['node-1: left ann']);
    expect(await site.claim(0, 'x', 'bob')).toBe(true);
    expect(site.nodes.exchange.presences.of('/hub').size, 'one key, one boot').toBe(2);
  });
});

describe('a node that stands still for longer than its lease', () => {
  test('keeps its keys when it is back before they were reaped, and gets them back when nobody has them', async () => {
    const site = await Site.of(2);
    await site.claim(1, 'x', 'ann');
    site.node(1).pause();
    await site.nodes.pass(LEASE_MS + 2_000);
    expect(await site.list(0)).toEqual([]);
    site.node(1).resume();
    await site.nodes.pass(2_000);
    expect([await site.list(0), site.told.length]).toEqual([['x ann'], 1]);
    site.node(1).pause();
    await site.nodes.pass(4 * LEASE_MS);
    expect(site.told.slice(1)).toEqual(['node-0: left ann']);
    site.node(1).resume();
    await site.nodes.pass(2_000);
    expect(site.told.slice(2)).toEqual(['node-1: joined ann']);
    expect(await site.list(0)).toEqual(['x ann']);
  });

  test('ends the connection whose key somebody else has, and tells nothing', async () => {
    const site = await Site.of(2);
    await site.claim(1, 'x', 'ann');
    site.node(1).pause();
    await site.nodes.pass(LEASE_MS + 2_000);
    await site.claim(0, 'x', 'bob');
    site.node(1).resume();
    await site.nodes.pass(2_000);
    const { peer } = site.client(1);
    expect(peer.isForgotten).toBe(true);
    expect(peer.client.closeRecord).toMatchObject({ allowReconnect: true });
    expect(site.told).toEqual(['node-1: joined ann', 'node-0: left ann', 'node-0: joined bob']);
    expect(await site.list(1)).toEqual(['x bob']);
  });

  test('does not tell what it was to tell before, since another node has', async () => {
    const site = await Site.of(2);
    await site.claim(1, 'x', 'ann');
    await site.pausedAtWrite(1, 'Release', 'x');
    await site.nodes.pass(LEASE_MS + 2_000);
    expect(await site.claim(0, 'x', 'bob')).toBe(true);
    site.node(1).resume();
    await site.nodes.pass(2_000);
    expect(site.told).toEqual(['node-1: joined ann', 'node-0: left ann', 'node-0: joined bob']);
  });
});

describe('while the backplane is away', () => {
  test('each node decides by what it knows, and tells when it is back what is still so', async () => {
    const site = await Site.of(2);
    await site.claim(0, 'x', 'ann');
    site.nodes.exchange.kill({ keepsData: true });
    await site.nodes.settle();
    expect(await site.claim(0, 'x', 'bob')).toBe(false);
    expect(await site.claim(0, 'new', 'ann', 1)).toBe(true);
    expect(await site.claim(0, 'short', 'ann')).toBe(true);
    expect(await site.call(site.client(0), 'Release', 'short')).toBe('done');
    expect(await site.call(site.client(0), 'Update', 'x', 5)).toBe('done');
    expect([await site.list(0), await site.list(1)]).toEqual([['new ann', 'x ann'], []]);
    await site.nodes.pass(60_000);
    expect(site.told.length).toBe(1);
    expect(site.node(0).server.host.presence.figures).toMatchObject({ claims: 2, unwritten: 2 });
    site.nodes.exchange.comeBack();
    await site.nodes.pass(4_000);
    expect([...site.told].sort()).toEqual(['node-0: joined ann', 'node-0: joined ann', 'node-0: updated ann']);
    expect([await site.list(0), await site.list(1)]).toEqual([
      ['new ann', 'x ann'],
      ['new ann', 'x ann'],
    ]);
    expect(site.node(0).server.host.presence.figures).toMatchObject({ claims: 2, unwritten: 0 });
  });

  test('two may get one key, of whom one is told and stays, and the other connects anew', async () => {
    const site = await Site.of(2);
    site.nodes.exchange.kill({ keepsData: true });
    await site.nodes.settle();
    expect([await site.claim(0, 'x', 'ann'), await site.claim(1, 'x', 'bob')]).toEqual([true, true]);
    site.nodes.exchange.comeBack();
    await site.nodes.pass(4_000);
    const ended = [0, 1].filter((at) => site.client(at).peer.isForgotten);
    expect([ended.length, site.told.length]).toEqual([1, 1]);
    const winner = ended[0] === 0 ? 'node-1: joined bob' : 'node-0: joined ann';
    expect(site.told).toEqual([winner]);
  });

  test('nothing is claimed or updated with onOutage reject, and releases are written later', async () => {
    const site = await Site.of(2, { clusterOptions: { onOutage: 'reject' } });
    await site.claim(0, 'x', 'ann');
    site.nodes.exchange.kill({ keepsData: true });
    await site.nodes.settle();
    expect(await site.claim(0, 'y', 'ann')).toMatch(/RefusedError: .* nobody can claim a presence key \(onOutage\)/);
    expect(await site.call(site.client(0), 'Update', 'x', 1)).toMatch('RefusedError');
    expect(await site.list(0)).toEqual(['x ann']);
    expect(await site.call(site.client(0), 'Release', 'x')).toBe('done');
    expect(await site.list(0)).toEqual([]);
    site.nodes.exchange.comeBack();
    await site.nodes.pass(4_000);
    expect(site.told).toEqual(['node-0: joined ann', 'node-0: left ann']);
  });

  test('a claim that waits for its answer is decided when the backplane is lost', async () => {
    for (const [onOutage, expected] of [
      ['local', true],
      ['reject', expect.stringMatching('onOutage')],
    ] as const) {
      const site = await Site.of(2, { clusterOptions: { onOutage } });
      site.node(0).backplane.faults.set('presence', 'lost');
      const claimed = site.begin(site.client(0), 'Claim', 'x', 'ann', null);
      await site.nodes.pass(500);
      expect(claimed()).toBe('none');
      site.node(0).backplane.faults.clear();
      site.away(0);
      await site.nodes.pass(500);
      expect(claimed()).toEqual(expected);
      site.back(0);
      await site.nodes.pass(LEASE_MS);
      expect(await site.list(1)).toEqual(onOutage === 'local' ? ['x ann'] : []);
    }
  });
});

describe('a backplane that has lost everything', () => {
  test('gets all claims back, and nobody is told to have left', async () => {
    const site = await Site.of(3);
    await site.claim(0, 'x', 'ann', 1);
    await site.claim(1, 'x', 'ann');
    await site.claim(1, 'y', 'bob');
    await site.call(site.client(1), 'Update', 'x', 2);
    site.nodes.exchange.kill({ keepsData: false });
    await site.nodes.pass(60_000);
    site.nodes.exchange.comeBack();
    await site.nodes.pass(4_000);
    // Twice: the first node that was back did not know the newest info.
    const updated = ['node-1: updated ann', 'node-1: updated ann'];
    expect(site.told).toEqual(['node-0: joined ann', 'node-1: joined bob', ...updated]);
    expect([await site.list(0), await site.list(2)]).toEqual([
      ['x ann', 'y bob'],
      ['x ann', 'y bob'],
    ]);
    await site.call(site.client(0), 'Release', 'x');
    await site.call(site.client(1), 'Release', 'x');
    // Others may share it, and come back.
    expect(site.told.length).toBe(4);
    await site.nodes.pass(LEASE_MS);
    expect(site.told.slice(4)).toEqual(['node-1: left ann']);
    expect(site.simulation.told.at(-1)?.change.entry.info, 'the newest').toBe(2);
  });

  test('keeps keys for a lease for those who had them', async () => {
    const site = await Site.of(2);
    await site.claim(0, 'x', 'ann');
    site.away(0);
    site.nodes.exchange.kill({ keepsData: false });
    site.nodes.exchange.isAway = false;
    site.back(1);
    await site.nodes.pass(3_000);
    // Nobody knows whether somebody has it.
    expect(await site.claim(1, 'x', 'bob')).toBe(true);
    site.back(0);
    await site.nodes.pass(LEASE_MS);
    expect(site.told).toEqual(['node-0: joined ann']);
    expect(site.client(1).peer.isForgotten).toBe(true);
    expect(await site.list(1)).toEqual(['x ann']);
  });

  test('and its nodes, one of which is back too late: that its holder has left is told once, by one who shared it', async () => {
    const site = await Site.of(3);
    for (const at of [0, 1]) await site.claim(at, 'x', 'ann');
    for (const at of [0, 1]) site.away(at);
    site.nodes.exchange.kill({ keepsData: false });
    site.nodes.exchange.isAway = false;
    site.back(2);
    await site.nodes.pass(2 * LEASE_MS);
    expect(await site.claim(2, 'x', 'bob')).toBe(true);
    for (const at of [0, 1]) site.back(at);
    await site.nodes.pass(LEASE_MS);
    expect(site.told.map((text) => text.slice(8))).toEqual(['joined ann', 'joined bob', 'left ann']);
    expect([0, 1, 2].map((at) => site.client(at).peer.isForgotten)).toEqual([true, true, false]);
  });
});
