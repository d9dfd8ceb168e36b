import type { LogPage, LogQuery } from '../backplane/log-store.ts';
import { type BackplanePlace, backplaneProblemOf, backplaneTest, bytesOf, type OpenNode } from './backplane-test.ts';
import type { TestFramework } from './test-framework.ts';
import { UNUSUAL_TEXTS } from './unusual-texts.ts';

const STATE = { size: 5, ttlMs: 600_000, seen: [] };
/** Names and ids are whole Unicode, and not empty. */
const NAMES = UNUSUAL_TEXTS.filter((text) => text !== '' && text.isWellFormed());
const ALL = { ...STATE, after: 0, limit: 100, isWhole: false };
/** Of an epoch that has ended, every position was seen. */
const PAST = Number.MAX_SAFE_INTEGER;

/** Declares the tests that the logs of every backplane have to pass. @param placeOf As in `backplaneContract`. */
export function logsContract(framework: TestFramework, placeOf: () => BackplanePlace): void {
  const { expect } = framework;
  const test = backplaneTest(framework, placeOf);

  const append = ({ backplane }: OpenNode, text: string, more: { messageId?: string; size?: number } = {}) =>
    backplane.logs.append('log', { ...STATE, messageId: undefined, ...more, bytes: bytesOf(text) });
  const read = async ({ backplane }: OpenNode, query: LogQuery = ALL): Promise<LogPage> =>
    backplane.logs.read('log', query);
  const textsOf = ({ entries }: LogPage): string[] =>
    entries.map(
      ({ offset, bytes }) => `${offset} ${bytes === undefined ? 'removed' : new TextDecoder().decode(bytes)}`,
    );

  test('numbers entries from 1, in one epoch, whoever adds them', async (place) => {
    const [one, other] = [await place.node(), await place.node()];
    const added = [await append(one, 'a'), await append(other, 'b'), await append(one, 'c')];
    expect(added.map(({ position, top }) => [position.offset, top?.last])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    const page = await read(other);
    expect([...new Set(added.map(({ position }) => position.epoch))]).toEqual([page.epoch]);
    expect([page.base, page.last, page.removals, page.after]).toEqual([0, 3, 0, 0]);
    expect(textsOf(page)).toEqual(['1 a', '2 b', '3 c']);
    expect(page.entries.map(({ at }) => at)).toEqual(added.map(({ at }) => at));
  });

  test('adds the entries of one node in the order of its calls', async (place) => {
    const node = await place.node();
    const texts = Array.from({ length: 5 }, (_, at) => `text ${at}`);
    await Promise.all(texts.map((text) => append(node, text)));
    expect(textsOf(await read(node))).toEqual(texts.map((text, at) => `${at + 1} ${text}`));
  });

  test('tells each entry once to all who follow the log, in order, and to nobody else', async (place) => {
    const [one, other, stranger] = [await place.node(), await place.node(), await place.node()];
    for (const { backplane } of [one, other]) await backplane.logs.follow(['log', 'empty']);
    await stranger.backplane.logs.follow(['another']);
    const { position } = await append(one, 'a', { messageId: 'm1' });
    await append(stranger, 'line\nbreak');
    for (const { observer } of [one, other]) {
      await observer.until('appended', 2);
      expect(observer.entries).toEqual(['log 1 a', 'log 2 line\nbreak']);
      const [first] = observer.seen.flatMap((event) => (event.type === 'appended' ? [event] : []));
      const top = { epoch: position.epoch, base: 0, last: 1, removals: 0 };
      expect([first?.entry.messageId, first?.top]).toEqual(['m1', top]);
    }
    expect(stranger.observer.entries).toEqual([]);
  });

  test('tells nothing any more when it is not followed', async (place) => {
    const [one, other] = [await place.node(), await place.node()];
    for (const { backplane } of [one, other]) await backplane.logs.follow(['log', 'second']);
    one.backplane.logs.unfollow(['log']);
    await one.backplane.logs.follow(['third']);
    await append(other, 'a');
    await other.observer.until('appended', 1);
    await other.backplane.logs.append('second', { ...STATE, bytes: bytesOf('b'), messageId: undefined });
    await one.observer.until('appended', 1);
    expect(one.observer.entries).toEqual(['second 1 b']);
  });

  test('tells entries and messages of one node in the order of its calls', async (place) => {
    const [one, other] = [await place.node(), await place.node()];
    await other.backplane.subscribe(['x']);
    await other.backplane.logs.follow(['log']);
    const sent: Promise<unknown>[] = [];
    for (let at = 0; at < 4; at++) {
      sent.push(append(one, `${at}`), one.backplane.publish([{ channel: 'x', bytes: bytesOf(`${at}`) }]));
    }
    await Promise.all([...sent, other.observer.until('message', 4)]);
    expect(other.observer.seen.flatMap(({ type }) => (type === 'opened' ? [] : [type]))).toEqual(
      Array.from({ length: 4 }, () => ['appended', 'message']).flat(),
    );
  });

  test('keeps the newest, and goes on counting', async (place) => {
    const node = await place.node();
    for (let at = 1; at <= 12; at++) await append(node, `${at}`);
    const page = await read(node);
    expect([textsOf(page), page.last]).toEqual([['8 8', '9 9', '10 10', '11 11', '12 12'], 12]);
    await append(node, '13', { size: 2 });
    expect(textsOf(await read(node))).toEqual(['12 12', '13 13']);
  });

  test('reads pages from both ends', async (place) => {
    const node = await place.node();
    for (let at = 1; at <= 4; at++) await append(node, `${at}`);
    const page = async (query: Partial<LogQuery>) => textsOf(await read(node, { ...STATE, ...query } as LogQuery));
    expect(await page({ after: 1, limit: 2, isWhole: false })).toEqual(['2 2', '3 3']);
    expect(await page({ after: 1, limit: 2, isWhole: true })).toEqual([]);
    expect(await page({ after: 1, limit: 3, isWhole: true })).toEqual(['2 2', '3 3', '4 4']);
    expect(await page({ after: 4, limit: 9, isWhole: true })).toEqual([]);
    expect(await page({ before: undefined, limit: 2 })).toEqual(['3 3', '4 4']);
    expect(await page({ before: 3, limit: 1 })).toEqual(['2 2']);
    expect(await page({ before: 1, limit: 9 })).toEqual([]);
  });

  test('keeps no entry longer than asked, and knows its number all the same', async (place) => {
    const node = await place.node();
    const { position } = await append(node, 'a', { messageId: 'm' });
    await place.tick();
    const page = await read(node, { ...ALL, ttlMs: 1 });
    expect([textsOf(page), page.last, page.epoch]).toEqual([[], 1, position.epoch]);
    expect((await read(node, { ...ALL, ttlMs: 1, after: { messageId: 'm' } })).after).toEqual(undefined);
    expect(await node.backplane.logs.remove('log', 'm', { ...STATE, ttlMs: 1 })).toEqual(undefined);
  });

  test('an empty log has an epoch, and no entries', async (place) => {
    const node = await place.node();
    const page = await read(node);
    expect([page.base, page.last, page.removals, page.entries]).toEqual([0, 0, 0, []]);
    expect((await append(node, 'a')).position).toEqual({ epoch: page.epoch, offset: 1 });
  });

  test('adds a message once, whoever repeats it, and knows it when it is not kept any more', async (place) => {
    const [one, other] = [await place.node(), await place.node()];
    await other.backplane.logs.follow(['log']);
    const first = await append(one, 'a', { messageId: 'm' });
    expect(await append(other, 'again', { messageId: 'm' })).toEqual({ ...first, top: undefined });
    for (let at = 0; at < 6; at++) await append(one, 'more', { messageId: `m${at}` });
    expect(await append(one, 'again', { messageId: 'm' })).toEqual({ ...first, top: undefined });
    await other.observer.until('appended', 7);
    expect(other.observer.entries[1]).toEqual('log 2 more');
    const elsewhere = { ...STATE, bytes: bytesOf('b'), messageId: 'm' };
    expect((await one.backplane.logs.append('another', elsewhere)).top?.last).toEqual(1);
  });

  test('reads behind a message by its id, as long as it is kept', async (place) => {
    const node = await place.node();
    for (let at = 1; at <= 6; at++) await append(node, `${at}`, { messageId: `m${at}` });
    const behind = (messageId: string) => read(node, { ...ALL, after: { messageId } });
    expect(textsOf(await behind('m5'))).toEqual(['6 6']);
    for (const id of ['m1', 'unknown']) {
      const { after, entries, last } = await behind(id);
      expect([after, entries, last]).toEqual([undefined, [], 6]);
    }
  });

  test('empties the entry of a removed message, once, and tells it', async (place) => {
    const [one, other] = [await place.node(), await place.node()];
    await other.backplane.logs.follow(['log']);
    for (let at = 1; at <= 3; at++) await append(one, `${at}`, { messageId: `m${at}` });
    const remove = (id: string) => one.backplane.logs.remove('log', id, STATE);
    const removals = [await remove('m2'), await remove('m2'), await remove('unknown')];
    const page = await read(one);
    const top = { epoch: page.epoch, base: 0, last: 3, removals: 1 };
    expect(removals).toEqual([top, undefined, undefined]);
    expect([textsOf(page), page.removals]).toEqual([['1 1', '2 removed', '3 3'], 1]);
    expect(page.entries[1]?.messageId).toEqual('m2');
    await other.observer.until('removed', 1);
    const [told] = other.observer.seen.flatMap((event) => (event.type === 'removed' ? [event] : []));
    expect([told?.removed, told?.top]).toEqual([{ offset: 2, messageId: 'm2' }, top]);
    expect(await remove('m3')).toEqual({ ...top, removals: 2 });
    expect((await append(one, '4')).position.offset).toEqual(4);
    for (let at = 5; at <= 7; at++) await append(one, `${at}`);
    expect(textsOf(await read(one))).toEqual(['3 removed', '4 4', '5 5', '6 6', '7 7']);
    expect(textsOf(await read(one, { ...STATE, before: 5, limit: 2 }))).toEqual(['3 removed', '4 4']);
  });

  test('begins an epoch when it has not come as far as a node has seen, and goes on from what it has', async (place) => {
    const node = await place.node();
    const { position } = await append(node, 'a');
    const { epoch } = position;
    await append(node, 'b');
    expect((await read(node, { ...ALL, seen: [{ epoch, offset: 2 }] })).epoch).toEqual(epoch);
    expect((await read(node, { ...ALL, seen: [{ epoch: 'other', offset: 9 }] })).epoch).toEqual(epoch);
    const seen = [{ epoch, offset: 7 }];
    const page = await read(node, { ...ALL, seen });
    expect(page.epoch === epoch).toEqual(false);
    expect([textsOf(page), page.base, page.last]).toEqual([['1 a', '2 b'], 2, 2]);
    const known = { ...STATE, seen: [...seen, { epoch, offset: PAST }], messageId: undefined };
    const third = await node.backplane.logs.append('log', { ...known, bytes: bytesOf('c') });
    expect(third.position).toEqual({ epoch: page.epoch, offset: 3 });
    const past = { ...known, seen: [{ epoch: page.epoch, offset: PAST }] };
    const fourth = await node.backplane.logs.append('log', { ...past, bytes: bytesOf('d') });
    expect([fourth.position.epoch === page.epoch, fourth.position.offset]).toEqual([false, 4]);
    const { base, last } = await read(node);
    expect([base, last]).toEqual([3, 4]);
  });

  test('keeps logs and ids of any name apart', async (place) => {
    const node = await place.node();
    await node.backplane.logs.follow(NAMES);
    for (const log of NAMES) {
      for (const messageId of NAMES) {
        const entry = { ...STATE, size: 100, bytes: bytesOf(messageId), messageId };
        expect((await node.backplane.logs.append(log, entry)).top?.removals).toEqual(0);
      }
    }
    await node.observer.until('appended', NAMES.length ** 2);
    for (const log of NAMES) {
      const { entries } = await node.backplane.logs.read(log, { ...ALL, size: 100 });
      expect(entries.map(({ messageId }) => messageId)).toEqual(NAMES);
      const told = node.observer.seen.flatMap((event) =>
        event.type === 'appended' && event.log === log ? [event.entry.messageId] : [],
      );
      expect(told).toEqual(NAMES);
    }
  });

  test('answers nothing about logs once it is closed', async (place) => {
    const node = await place.node();
    const { logs } = node.backplane;
    await node.backplane.close();
    const calls = [append(node, 'a'), read(node), logs.remove('log', 'm', STATE), logs.follow(['log'])];
    expect(await Promise.all(calls.map((call) => backplaneProblemOf(call)))).toEqual(calls.map(() => 'closed'));
    logs.unfollow(['log']);
  });
}
