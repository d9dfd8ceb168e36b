// Messages to groups that keep them, on several nodes: what waits for them, and what becomes of those that fail.
import { describe, expect, test } from 'vitest';
import { RefusedError, SerializationError } from '../../src/errors.ts';
import { defer } from '../../src/promises.ts';
import { HistorySite } from '../hub/history-site.ts';
import { NO_NODES_LEFT } from '../support/memory-nodes.ts';
import { CALL_MS } from '../support/simulated-backplane.ts';
import { KeptNodes, type Said } from './kept-nodes.ts';

const to = (groups: string, text: string): Said => ({ text, groups: groups.split(' ') });
const at = (offset: number) => ({ epoch: expect.any(String), offset });
const figures = (kept: KeptNodes) => kept.first.server.host.broadcast.figures();

describe('while a message is being added to a history', () => {
  test('what its sender sends later waits, on both ways, and what others send does not', async () => {
    const kept = await KeptNodes.start();
    const [sender, other, reader] = [
      await kept.join(kept.first),
      await kept.join(kept.first),
      await kept.join(kept.first, 'room:1', 'lobby'),
    ];
    kept.first.backplane.faults.set('append', 'unanswered');
    kept.nodes.exchange.loses = ({ kind }) => kind === 'entry';
    kept.say(sender, to('room:1', 'kept'), to('lobby', 'behind'), { text: 'whispered', to: reader.id });
    kept.say(other, to('lobby', 'from another'));
    await kept.nodes.settle();
    expect(kept.heard(reader)).toEqual(['from another']);
    expect(kept.results).toEqual(['pending', 'pending', 'pending', undefined]);
    await kept.nodes.pass(CALL_MS);
    expect(kept.heard(reader)).toEqual(['from another', 'behind', 'whispered']);
  });

  test('those that its sender sends to histories follow at once', async () => {
    const kept = await KeptNodes.start();
    const sender = await kept.join(kept.first, 'room:1', 'room:2');
    const texts = ['a', 'b', 'c', 'd'];
    kept.say(sender, ...texts.map((text, n) => to(`room:${(n % 2) + 1}`, text)));
    const { logs } = kept.nodes.exchange;
    const lasts = () =>
      ['room:1', 'room:2'].map((group) => logs.top(`/hub:${group}`, { size: 9, ttlMs: 9, seen: [] }).last);
    expect(lasts()).toEqual([2, 2]);
    await kept.nodes.settle();
    expect(kept.heard(sender)).toEqual(texts);
    expect(kept.results).toEqual([at(1), at(1), at(2), at(2)]);
  });

  test('all messages of one sender reach every node in their order', async () => {
    const kept = await KeptNodes.start();
    const groups = ['room:1', 'room:2', 'lobby'];
    const readers = [await kept.join(kept.first, ...groups), await kept.join(kept.second, ...groups)] as const;
    const sender = await kept.join(kept.second);
    const said = ['room:1', 'lobby', 'room:2', 'room:1', 'lobby', 'lobby', 'room:2'].map((group, n) =>
      to(group, `${n}`),
    );
    kept.say(sender, ...said);
    await kept.nodes.settle();
    for (const reader of readers) expect(kept.heard(reader)).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  });

  test('one that also goes to others holds what goes to histories, too, and waits for it', async () => {
    const kept = await KeptNodes.start();
    const readers = [await kept.join(kept.first, 'room:1', 'lobby'), await kept.join(kept.second, 'room:1', 'lobby')];
    const sender = await kept.join(kept.first);
    kept.say(sender, to('room:1', '0'), to('room:1 lobby', '1'), to('room:1', '2'), to('lobby', '3'));
    await kept.nodes.settle();
    for (const reader of readers) expect(kept.heard(reader)).toEqual(['0', '1', '1', '2', '3']);
    expect(kept.results).toEqual([at(1), undefined, at(3), undefined]);
  });

  test('one that is sent as soon as its group has its first member here reaches it, and stays in the order of its sender', async () => {
    const kept = await KeptNodes.start();
    const peer = kept.first.open();
    await kept.nodes.settle();
    const { groups, clients } = kept.context();
    for (const group of ['room:1', 'room:2']) void groups.add(peer.id, group);
    for (const [group, text] of [
      ['room:1', '1'],
      ['room:2', '2'],
      ['room:1', '3'],
    ] as const)
      void clients.group(group).send('Heard', text);
    void clients.client(peer.id).send('Heard', '4');
    await kept.nodes.settle();
    expect(kept.heard(peer)).toEqual(['1', '2', '3', '4']);
    expect((await kept.context().history('room:1').latest()).map(({ args }) => args)).toEqual([['3'], ['1']]);
  });

  test('its sender may send more than a hundred to histories', async () => {
    const kept = await KeptNodes.start();
    const sender = await kept.join(kept.first, 'room:1');
    kept.first.backplane.faults.set('append', 'unanswered');
    kept.say(sender, ...Array.from({ length: 150 }, (_, n) => to('room:1', `${n}`)));
    expect(figures(kept)).toMatchObject({ accepted: 150, dropped: 0, queued: 150, depth: 150 });
    // They arrive nevertheless, as entries of the log.
    await kept.nodes.settle();
    expect(kept.heard(sender)).toHaveLength(150);
    await kept.nodes.pass(CALL_MS);
    expect(figures(kept)).toMatchObject({ droppedBy: { unshared: 150 }, queued: 0, depth: 0 });
  });

  test('a hundred of its sender may wait behind it; each one more is refused', async () => {
    const kept = await KeptNodes.start();
    const sender = await kept.join(kept.first, 'lobby');
    kept.say(sender, to('room:1', 'kept'), ...Array.from({ length: 101 }, (_, n) => to('lobby', `${n}`)));
    expect(figures(kept)).toMatchObject({ accepted: 102, droppedBy: { 'sender-full': 1 }, depth: 101 });
    await kept.nodes.settle();
    expect(kept.heard(sender)).toHaveLength(100);
    expect(kept.results.at(-1)).toBeInstanceOf(RefusedError);
  });

  test('it has a place of its outbox; without a free one the next is refused, and nothing else', async () => {
    const kept = await KeptNodes.start({ hubOptions: { outboxes: { broadcast: { capacity: 3 } } } });
    const reader = await kept.join(kept.first, 'room:1', 'lobby');
    for (const text of ['a', 'b', 'c', 'd', 'e']) kept.sayFrom(kept.first, 'room:1', text);
    const other = kept.first.open();
    kept.say(other, to('lobby', 'plain'));
    await kept.nodes.settle();
    expect(kept.heard(reader)).toEqual(['plain', 'a', 'b', 'c']);
    expect(kept.results.slice(0, 3)).toEqual([at(1), at(2), at(3)]);
    for (const refused of kept.results.slice(3, 5)) {
      expect(refused).toBeInstanceOf(RefusedError);
      expect(String(refused)).toContain('3 (outboxes.broadcast.capacity)');
    }
    expect(figures(kept)).toMatchObject({ accepted: 6, delivered: 4, droppedBy: { full: 2 }, depth: 0 });
    kept.sayFrom(kept.first, 'room:1', 'f');
    await kept.nodes.settle();
    expect(kept.results.at(-1)).toEqual(at(4));
  });

  test('on a server that is alone nothing waits, so a full outbox takes it', async () => {
    const verdict = defer<undefined>();
    const site = new HistorySite({
      moderate: [({ args: [text] }) => (text === 'slow' ? verdict.promise : undefined)],
      hubOptions: { outboxes: { broadcast: { capacity: 1 } } },
    });
    const slow = site.say('slow');
    const { client } = await site.join([]);
    client.invoke('Say', ['room:1', 'quick', null], '1');
    await site.server.settle();
    expect(client.completions('1')).toMatchObject([{ result: { offset: 1 } }]);
    verdict.resolve(undefined);
    expect(await slow).toMatchObject({ offset: 2 });
  });
});

describe('a message that cannot be added', () => {
  test('is refused and counted, and what its sender has sent behind it goes on', async () => {
    const kept = await KeptNodes.start();
    const reader = await kept.join(kept.second, 'room:1', 'lobby');
    const sender = await kept.join(kept.first);
    kept.first.backplane.faults.set('append', 'lost');
    kept.say(sender, to('room:1', 'lost'));
    kept.first.backplane.faults.clear();
    kept.say(sender, to('lobby', 'behind'), to('room:1', 'further'));
    await kept.nodes.pass(CALL_MS);
    const [lost, ...others] = kept.results;
    expect(lost).toBeInstanceOf(RefusedError);
    expect(String(lost)).toContain('may not have been added');
    expect(others).toEqual([undefined, at(1)]);
    expect(kept.heard(reader)).toEqual(['behind', 'further']);
    expect(figures(kept)).toMatchObject({ accepted: 3, delivered: 2, droppedBy: { unshared: 1 }, depth: 0 });
    expect(kept.first.server.host.router.senders).toBe(0);
  });

  test('goes to none of its groups that keep nothing, either', async () => {
    const kept = await KeptNodes.start();
    const reader = await kept.join(kept.first, 'room:1', 'lobby');
    kept.first.backplane.faults.set('append', 'lost');
    kept.say(await kept.join(kept.first), to('room:1 lobby', 'lost'));
    await kept.nodes.pass(CALL_MS);
    expect([kept.heard(reader), figures(kept).droppedBy]).toEqual([[], { unshared: 1 }]);
  });

  test('is refused at once without a link, and plain messages go on', async () => {
    const kept = await KeptNodes.start();
    const reader = await kept.join(kept.first, 'room:1', 'lobby');
    kept.first.backplane.isAway = true;
    kept.first.backplane.cut();
    await kept.nodes.settle();
    kept.sayFrom(kept.first, 'room:1', 'kept');
    kept.sayFrom(kept.first, 'lobby', 'plain');
    await kept.nodes.settle();
    expect(kept.results).toEqual([expect.any(RefusedError), undefined]);
    expect(kept.heard(reader)).toEqual(['plain']);
    expect(await kept.context().history('room:1').since({ epoch: 'e', offset: 0 })).toMatchObject({ reason: 'outage' });
    await expect(kept.context().history('room:1').latest()).rejects.toThrow(RefusedError);
    await expect(kept.context().history('room:1').remove('m')).rejects.toThrow(RefusedError);
  });

  test('may be sent again with its id: it is there once', async () => {
    const kept = await KeptNodes.start();
    const reader = await kept.join(kept.second, 'room:1');
    kept.first.backplane.faults.set('append', 'unanswered');
    kept.sayFrom(kept.first, 'room:1', 'once', { messageId: 'm' });
    await kept.nodes.pass(CALL_MS);
    kept.first.backplane.faults.clear();
    kept.sayFrom(kept.first, 'room:1', 'once', { messageId: 'm' });
    kept.sayFrom(kept.second, 'room:1', 'once', { messageId: 'm' });
    await kept.nodes.settle();
    expect(kept.results).toEqual([expect.any(RefusedError), at(1), at(1)]);
    expect(kept.heard(reader)).toEqual(['once']);
    expect(figures(kept)).toMatchObject({ accepted: 2, delivered: 0, droppedBy: { unshared: 1, duplicate: 1 } });
  });

  test('is refused before it is taken when it cannot be written in the protocol of the history', async () => {
    const site = new HistorySite();
    const peer = await site.join(['room:1']);
    let times = 0;
    const once = {
      toJSON() {
        times += 1;
        if (times > 1) throw new Error('only once');
        return 'text';
      },
    };
    await expect(site.say(once)).rejects.toThrow(SerializationError);
    expect([await site.heard(peer), await site.kept()]).toEqual([[], []]);
    const { accepted, droppedBy, queued } = site.server.host.broadcast.figures();
    expect({ accepted, droppedBy, queued }).toEqual({ accepted: 0, droppedBy: {}, queued: 0 });
  });
});

describe('behind a moderator', () => {
  /** Nodes whose moderator holds texts that begin with 'slow'. */
  async function moderated() {
    const verdicts: (() => void)[] = [];
    const kept = await KeptNodes.start({
      moderate: [
        ({ args: [text] }) =>
          String(text).startsWith('slow')
            ? new Promise((resolve) => verdicts.push(() => resolve({ args: [`${text}!`] })))
            : undefined,
      ],
    });
    const release = async () => {
      verdicts.shift()?.();
      await kept.nodes.settle();
    };
    return { kept, release };
  }

  test('a message is added when it may pass, with the arguments that it then has', async () => {
    const { kept, release } = await moderated();
    const reader = await kept.join(kept.second, 'room:1', 'lobby');
    const sender = await kept.join(kept.first);
    kept.say(sender, to('room:1', 'slow'), to('room:1', 'kept'), to('lobby', 'plain'));
    await kept.nodes.settle();
    expect(kept.heard(reader)).toEqual([]);
    await release();
    expect(kept.heard(reader)).toEqual(['slow!', 'kept', 'plain']);
    const latest = await kept.context(kept.second).history('room:1').latest();
    expect(latest.map(({ args }) => args)).toEqual([['kept'], ['slow!']]);
  });

  test('one that may pass waits for what its moderator has sent meanwhile', async () => {
    const kept: KeptNodes = await KeptNodes.start({
      moderate: [
        ({ args: [text] }) => {
          if (text !== 'asked') return undefined;
          kept.sayFrom(kept.first, 'room:1', 'sent by the moderator');
          return Promise.resolve(undefined);
        },
      ],
    });
    const reader = await kept.join(kept.first, 'room:1', 'lobby');
    kept.sayFrom(kept.first, 'lobby', 'asked');
    await kept.nodes.settle();
    expect(kept.heard(reader)).toEqual(['sent by the moderator', 'asked']);
  });

  test('one that may pass waits for those that are being added', async () => {
    const { kept, release } = await moderated();
    const reader = await kept.join(kept.second, 'room:1', 'lobby');
    const sender = await kept.join(kept.first);
    kept.say(sender, to('room:1', 'kept'), to('lobby', 'slow'), to('lobby', 'plain'));
    await release();
    expect(kept.heard(reader)).toEqual(['kept']);
    await release();
    expect(kept.heard(reader)).toEqual(['kept', 'slow!', 'plain']);
  });
});

test('nothing is left of messages that were added, held, repeated and refused', async () => {
  const kept = await KeptNodes.start();
  const sender = await kept.join(kept.first, 'room:1', 'lobby');
  kept.say(sender, { ...to('room:1', 'a'), messageId: 'm' }, { ...to('room:1', 'a'), messageId: 'm' });
  kept.say(sender, to('lobby', 'b'), to('room:1 lobby', 'c'));
  kept.first.backplane.faults.set('append', 'lost');
  kept.say(sender, to('room:2', 'lost'));
  sender.client.close();
  await kept.nodes.pass(20_000);
  for (const node of kept.nodes.all) expect(node.leftovers()).toEqual(NO_NODES_LEFT);
});
