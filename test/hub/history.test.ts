// The history of groups on a server that is alone.
import { describe, expect, test } from 'vitest';
import { KNOWN_ID_MS } from '../../src/backplane/log-store.ts';
import { HubError } from '../../src/errors.ts';
import { type KeptMessage, type Position, setupHub } from '../../src/index.ts';
import type { ProtocolName } from '../../src/protocol/codecs.ts';
import { positionText } from '../../src/protocol/position.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { HistorySite, SIZE, TTL_MS } from './history-site.ts';

const behind = ({ epoch }: Position, offset: number): Position => ({ epoch, offset });

describe('a message to a group that keeps its messages', () => {
  test('has a position, by which its receivers and its sender know it', async () => {
    const site = new HistorySite();
    const [asking, stock] = [await site.join(['room:1'], { wantsPositions: true }), await site.join(['room:1'])];
    const [one, two] = [await site.say('one'), await site.say('two')];
    expect([one, two]).toEqual([1, 2].map((offset) => ({ epoch: expect.any(String), offset })));
    expect(two?.epoch).toBe(one?.epoch);
    expect(await site.heard(stock)).toEqual(['one', 'two']);
    const headers = asking.client.records.flatMap((record) => (record.target === 'Heard' ? [record.headers] : []));
    expect(headers).toEqual([one, two].map((at) => ({ 'sb-g': 'room:1', 'sb-p': positionText(at as Position) })));
    expect(stock.client.records.filter((record) => record.headers !== undefined)).toEqual([]);
  });

  test('stands in the lanes of its receivers when `send` resolves, and before that in none', async () => {
    const site = new HistorySite();
    const { transport } = await site.join(['room:1']);
    const sent = site.say('one');
    const written = transport.written;
    await sent;
    await site.server.settle();
    expect(transport.written).toBe(written + 1);
  });

  test('has one for each group, which nobody is told; and one to others has none', async () => {
    const site = new HistorySite();
    const { clients } = site.context;
    const both = await site.join(['room:1', 'room:2', 'lobby'], { wantsPositions: true });
    expect(await clients.groups(['room:1', 'room:2', 'lobby']).send('Heard', 'to three')).toBe(undefined);
    expect(await clients.group('lobby').send('Heard', 'to one')).toBe(undefined);
    expect(await clients.all.send('Heard', 'to all')).toBe(undefined);
    expect(await clients.groups(['room:1']).send('Heard', 'alone')).toMatchObject({ offset: 2 });
    expect(await site.heard(both)).toEqual(['to three', 'to three', 'to three', 'to one', 'to all', 'alone']);
    const groups = both.client.records.map(({ headers }) => headers?.['sb-g']).filter((name) => name !== undefined);
    expect(groups).toEqual(['room:1', 'room:2', 'room:1']);
    expect([await site.kept('room:1'), await site.kept('room:2')]).toEqual([['to three', 'alone'], ['to three']]);
  });

  test('is kept for everybody, also when some are left out, and is not sent to these', async () => {
    const site = new HistorySite();
    const [one, other] = [await site.join(['room:1']), await site.join(['room:1'])];
    const excepted = site.context.clients.groupExcept('room:1', [one.id]);
    expect(await excepted.send('Heard', 'not to one')).toMatchObject({ offset: 1 });
    other.client.invoke('SayToOthers', ['room:1', 'not to other'], '1');
    await site.server.settle();
    expect(other.client.completions('1')).toMatchObject([{ result: { offset: 2 } }]);
    expect([await site.heard(one), await site.heard(other)]).toEqual([['not to other'], ['not to one']]);
    expect(await site.kept()).toEqual(['not to one', 'not to other']);
  });

  test('is answered with its position to whoever returns the promise of `send`', async () => {
    const site = new HistorySite();
    const { client } = await site.join(['room:1']);
    client.invoke('Say', ['room:1', 'mine', null], '1');
    client.invoke('Say', ['lobby', 'lost', null], '2');
    await site.server.settle();
    const [position] = client.completions('1').map(({ result }) => result as Position);
    expect(position).toEqual({ epoch: expect.any(String), offset: 1 });
    expect(client.completions('2')).toEqual([{ type: 3, invocationId: '2', result: null }]);
    client.invoke('Since', ['room:1', { ...(position as Position), offset: 0 }], '3');
    await site.server.settle();
    expect(client.completions('3')).toMatchObject([{ result: { recovered: true, messages: [{ args: ['mine'] }] } }]);
  });

  test('has the options of any other', async () => {
    const site = new HistorySite();
    const peer = await site.join(['room:1']);
    peer.client.stall();
    // Something is on its way, so that what comes behind it waits.
    void site.say('x'.repeat(100_000));
    await site.server.settle();
    for (const text of ['a1', 'a2', 'a3']) void site.say(text, { conflate: 'a' });
    void site.say('b');
    await site.server.settle();
    expect((await site.kept()).slice(1)).toEqual(['a1', 'a2', 'a3', 'b']);
    peer.client.flow();
    expect((await site.heard(peer)).slice(1)).toEqual(['a3', 'b']);
  });

  test('that cannot be written is neither kept nor sent', async () => {
    const site = new HistorySite();
    const peer = await site.join(['room:1']);
    await expect(site.say(1n)).rejects.toThrow('A BigInt cannot be written');
    expect([await site.kept(), await site.heard(peer)]).toEqual([[], []]);
    expect(site.server.host.broadcast.figures()).toMatchObject({ accepted: 0, delivered: 0, queued: 0 });
  });
});

describe('a message with an id', () => {
  test('is added once within five minutes, and the second `send` resolves with the same position', async () => {
    const site = new HistorySite();
    const peer = await site.join(['room:1']);
    const first = await site.say('one', { messageId: 'm' });
    await site.server.pass(KNOWN_ID_MS - 1_000);
    expect(await site.say('one again', { messageId: 'm' })).toEqual(first);
    const other = await site.say('one in another group', { messageId: 'm' }, 'room:2');
    expect(other).toMatchObject({ offset: 1 });
    expect(other?.epoch).not.toBe(first?.epoch);
    expect(await site.heard(peer)).toEqual(['one']);
    const { accepted, delivered, droppedBy } = site.server.host.broadcast.figures();
    expect({ accepted, delivered, droppedBy }).toEqual({ accepted: 3, delivered: 2, droppedBy: { duplicate: 1 } });
  });

  test('is another message after five minutes', async () => {
    const site = new HistorySite();
    const peer = await site.join(['room:1']);
    const first = await site.say('one', { messageId: 'm' });
    await site.server.pass(KNOWN_ID_MS);
    const again = await site.say('one again', { messageId: 'm' });
    expect(again?.offset).not.toBe(undefined);
    expect(positionText(again as Position)).not.toBe(positionText(first as Position));
    expect(await site.heard(peer)).toEqual(['one', 'one again']);
  });

  test('goes to those of several groups that do not have it', async () => {
    const site = new HistorySite();
    const peers = [await site.join(['room:1']), await site.join(['room:2'])] as const;
    await site.say('one', { messageId: 'm' });
    await site.context.clients.groups(['room:1', 'room:2']).with({ messageId: 'm' }).send('Heard', 'one');
    expect([await site.heard(peers[0]), await site.heard(peers[1])]).toEqual([['one'], ['one']]);
    expect(site.server.host.broadcast.figures()).toMatchObject({ accepted: 2, delivered: 2, droppedBy: {} });
  });

  test('is known also when it is not kept any more, or was removed', async () => {
    const site = new HistorySite();
    const first = await site.say('one', { messageId: 'm' });
    const second = await site.say('two', { messageId: 'n' });
    expect(await site.history().remove('n')).toBe(true);
    await site.sayAll(...Array.from({ length: SIZE }, (_, at) => at));
    expect(await site.say('again', { messageId: 'm' })).toEqual(first);
    expect(await site.say('again', { messageId: 'n' })).toEqual(second);
    expect(await site.kept()).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('since', () => {
  test('gives everything behind a position, oldest first, and the position to go on from', async () => {
    const site = new HistorySite();
    const last = await site.sayAll('a', 'b', 'c');
    const recovery = await site.history().since(behind(last, 1));
    expect(recovery).toMatchObject({ recovered: true, messages: [{ args: ['b'] }, { args: ['c'] }], position: last });
    expect(recovery.messages.map(({ position }) => position)).toEqual([behind(last, 2), last]);
    expect(await site.history().since(last)).toEqual({ recovered: true, messages: [], position: last });
    expect((await site.history().since(behind(last, 0))).messages).toHaveLength(3);
  });

  test('gives everything behind a message', async () => {
    const site = new HistorySite();
    await site.say('a', { messageId: 'm' });
    const last = await site.sayAll('b', 'c');
    expect(await site.history().since({ messageId: 'm' })).toMatchObject({
      ...{ recovered: true, messages: [{ args: ['b'] }, { args: ['c'] }], position: last },
    });
  });

  test('says why it gives nothing', async () => {
    const site = new HistorySite();
    await site.say('a', { messageId: 'm' });
    const last = await site.sayAll('b', 'c', 'd', 'e', 'f', 'g');
    const { since } = site.history();
    const reasons = [
      await since({ epoch: 'another', offset: 3 }),
      await since(behind(last, 1)),
      await since(behind(last, 8)),
      await since(behind(last, 2), { limit: 4 }),
      await since({ messageId: 'm' }),
      await since({ messageId: 'never' }),
      await since(undefined as never),
    ];
    const why = ['epoch', 'trimmed', 'unknown', 'limit', 'unknown', 'unknown', 'unknown'];
    expect(reasons).toEqual(why.map((reason) => ({ recovered: false, reason, messages: [], position: last })));
    expect((await since(behind(last, 2), { limit: 5 })).recovered).toBe(true);
  });

  test('knows a group of which nothing was kept', async () => {
    const site = new HistorySite();
    const unknown = await site.history().since({ epoch: 'x', offset: 0 });
    expect(unknown).toMatchObject({ recovered: false, reason: 'epoch', position: { offset: 0 } });
    expect(await site.history().since(unknown.position as Position)).toMatchObject({ recovered: true, messages: [] });
    expect((await site.say('a'))?.epoch).toBe(unknown.position?.epoch);
  });
});

describe('latest', () => {
  test('gives the newest, newest first, and pages', async () => {
    const site = new HistorySite();
    const last = await site.sayAll('a', 'b', 'c', 'd', 'e', 'f');
    const { latest } = site.history();
    const texts = async (options?: Parameters<typeof latest>[0]) => (await latest(options)).map(({ args }) => args[0]);
    expect(await texts()).toEqual(['f', 'e', 'd', 'c', 'b']);
    expect(await texts({ limit: 2 })).toEqual(['f', 'e']);
    expect(await texts({ limit: 2, before: behind(last, 5) })).toEqual(['d', 'c']);
    expect(await texts({ before: behind(last, 2) })).toEqual([]);
    expect(await texts({ before: behind(last, 100) })).toHaveLength(5);
    expect(await texts({ before: { epoch: 'another', offset: 9 } })).toEqual([]);
    expect(await site.history('room:2').latest()).toEqual([]);
  });

  test('tells when, under which id, and for which method', async () => {
    const site = new HistorySite();
    await site.server.pass(1_000);
    const position = await site.say('a', { messageId: 'm' });
    await site.server.pass(1_000);
    const sentAt = site.server.clock.wallNow() - 1_000;
    expect(await site.history().latest()).toEqual([{ position, messageId: 'm', method: 'Heard', args: ['a'], sentAt }]);
  });
});

describe('remove', () => {
  test('leaves the place of the message, without its content', async () => {
    const site = new HistorySite();
    const peer = await site.join(['room:1']);
    await site.say('a', { messageId: 'm' });
    const last = await site.sayAll('b');
    expect([await site.history().remove('m'), await site.history().remove('m')]).toEqual([true, false]);
    const [first] = (await site.history().since(behind(last, 0))).messages;
    expect(first).toEqual({
      ...{ position: behind(last, 1), messageId: 'm', method: '', args: [], removed: true },
      sentAt: expect.any(Number),
    });
    expect(await site.kept()).toEqual([undefined, 'b']);
    expect(await site.heard(peer)).toEqual(['a', 'b']);
    expect(await site.history('room:2').remove('m')).toBe(false);
    expect(await site.history().since({ messageId: 'm' })).toMatchObject({ reason: 'unknown' });
  });
});

describe('the time for which messages are kept', () => {
  test('ends for each by itself; their numbers go on', async () => {
    const site = new HistorySite();
    const first = await site.sayAll('a');
    await site.server.pass(TTL_MS / 2);
    await site.say('b');
    await site.server.pass(TTL_MS / 2 - 1_000);
    expect(await site.kept()).toEqual(['a', 'b']);
    await site.server.pass(1_000);
    expect(await site.kept()).toEqual(['b']);
    expect(await site.history().since(behind(first, 0))).toMatchObject({ recovered: false, reason: 'trimmed' });
    expect(await site.history().since(first)).toMatchObject({ recovered: true, messages: [{ args: ['b'] }] });
    await site.server.pass(TTL_MS);
    expect(await site.history().since(behind(first, 2))).toMatchObject({ recovered: true, messages: [] });
    expect(await site.say('c')).toEqual(behind(first, 3));
  });

  test('is over for the group after twice of it, which begins a new epoch', async () => {
    const site = new HistorySite();
    const last = await site.sayAll('a', 'b');
    await site.server.pass(2 * TTL_MS);
    expect(await site.history().since(last)).toMatchObject({ recovered: false, reason: 'epoch' });
    const next = await site.say('c');
    expect([next?.offset, next?.epoch === last.epoch]).toEqual([1, false]);
  });
});

describe('what is kept', () => {
  test('is what moderators let pass, as receivers get it', async () => {
    const site = new HistorySite({
      moderate: [
        ({ args: [text] }) =>
          text === 'bad' ? new HubError('No.') : text === 'rude' ? { args: ['polite'] } : undefined,
      ],
    });
    const peer = await site.join(['room:1']);
    await expect(site.say('bad')).rejects.toThrow('No.');
    expect(await site.say('rude')).toMatchObject({ offset: 1 });
    await site.say('good');
    expect([await site.heard(peer), await site.kept()]).toEqual([
      ['polite', 'good'],
      ['polite', 'good'],
    ]);
  });

  test('is what a moderator lets pass later, in the order of the commits', async () => {
    const decisions: (() => void)[] = [];
    const site = new HistorySite({
      moderate: [
        ({ args: [text] }) =>
          text === 'slow' ? new Promise((resolve) => decisions.push(() => resolve({ args: ['later'] }))) : undefined,
      ],
    });
    const peer = await site.join(['room:1']);
    const slow = site.say('slow');
    const { client } = await site.join([]);
    client.invoke('Say', ['room:1', 'quick', null], '1');
    await site.server.settle();
    for (const decide of decisions) decide();
    expect(await slow).toMatchObject({ offset: 2 });
    expect([await site.heard(peer), await site.kept()]).toEqual([
      ['quick', 'later'],
      ['quick', 'later'],
    ]);
  });

  test('is the message as it was sent, whatever the sender does with its values later', async () => {
    const site = new HistorySite();
    const peer = await site.join(['room:1']);
    const value = { list: [1] };
    const sent = site.say(value);
    value.list.push(2);
    await sent;
    expect([await site.heard(peer), await site.kept()]).toEqual([[{ list: [1] }], [{ list: [1] }]]);
  });

  test('cannot be changed by those who ask', async () => {
    const site = new HistorySite();
    await site.say('a');
    const [message] = (await site.history().latest()) as [KeptMessage];
    expect(() => (message.args as unknown[]).push('b')).toThrow(TypeError);
    expect(() => Object.assign(message, { method: 'x' })).toThrow(TypeError);
  });

  test.each<[ProtocolName[], unknown, unknown]>([
    [['json', 'messagepack'], new Uint8Array([1, 2]), new Uint8Array([1, 2])],
    [['json', 'messagepack'], new Date(86_400_000), new Date(86_400_000)],
    [['messagepack'], new Date(1_500), new Date(1_500)],
    [['json'], new Uint8Array([1, 2]), 'AQI='],
    [['json'], new Date(86_400_000), '1970-01-02T00:00:00.000Z'],
    [['json', 'messagepack'], { a: [null, 1.5, 'ü', true] }, { a: [null, 1.5, 'ü', true] }],
  ])('has values as the protocols %j have them: %j', async (protocols, value, kept) => {
    const site = new HistorySite({ hubOptions: { protocols, plain: false } });
    const peers = await Promise.all(protocols.map((protocol) => site.join(['room:1'], { protocol })));
    await site.say(value);
    const [message] = await site.history().latest();
    expect(message?.args).toEqual([kept]);
    await site.server.settle();
    for (const { client } of peers) expect(client.calls('Heard')).toHaveLength(1);
  });
});

describe('a hub without a history', () => {
  test('has none of any group', async () => {
    const hub = setupHub({}).createHub({ methods: {} });
    const context = new MemoryServer(hub).parts.context(hub);
    const text = 'The group "room:1" keeps no messages: no pattern of the hub\'s history fits.';
    expect(() => context.history('room:1')).toThrow(new TypeError(text));
    expect(() => new HistorySite().history('lobby')).toThrow(TypeError);
  });

  test('fails a call that asks for one', async () => {
    const site = new HistorySite();
    const { client } = await site.join([]);
    client.invoke('Latest', ['lobby'], '1');
    await site.server.settle();
    const [completion] = client.completions('1');
    // No detail of the server's error.
    expect(completion?.error).toBe("An unexpected error occurred invoking 'Latest' on the server.");
  });
});
