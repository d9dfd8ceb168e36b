import { describe, expect, test } from 'vitest';
import { MemoryLogs } from '../../../src/backplane/memory/memory-logs.ts';
import { turnOfTheLoop } from '../../support/memory-server.ts';
import { Following, following, keptNumbers } from './following.ts';

describe('a node that follows a log', () => {
  test('begins behind what is there, and keeps that', async () => {
    const some = await following(3);
    expect(some.handedOn).toEqual([]);
    expect(some.follower.top).toEqual(some.top);
    expect(keptNumbers(some, 1, 3)).toEqual([1, 2, 3]);
    some.append();
    some.tell();
    expect([some.handedOn, some.reads]).toEqual([['a 4'], 1]);
  });

  test('begins before the first entry that has come meanwhile', async () => {
    const some = new Following();
    some.held = [];
    some.append();
    some.append();
    const begun = some.follower.catchUp();
    some.append();
    some.tell(2);
    some.append();
    some.tell(2);
    await some.answer();
    await begun;
    expect(some.handedOn).toEqual(['a 3', 'a 4']);
    expect(keptNumbers(some, 1, 4)).toEqual([1, 2, 3, 4]);
  });

  test('hands on an entry once, however often it is told', async () => {
    const some = await following();
    some.append();
    some.tellTwice();
    some.tellTwice();
    some.append();
    some.tell(1);
    some.tell();
    expect(some.handedOn).toEqual(['a 1', 'a 2']);
  });

  test('reads what is missing, and hands on what has come before it behind it', async () => {
    const some = await following();
    for (let at = 0; at < 4; at++) some.append();
    some.tell(3);
    some.tell(1);
    expect(some.handedOn).toEqual([]);
    await turnOfTheLoop();
    expect([some.handedOn, some.losses]).toEqual([['a 1', 'a 2', 'a 3', 'a 4'], 0]);
    for (let at = 0; at < 2; at++) some.tell();
    expect(some.handedOn).toHaveLength(4);
  });

  test('reads once for all that comes meanwhile, unless that is not brought', async () => {
    const some = await following();
    some.held = [];
    some.append();
    some.append();
    for (let at = 0; at < 2; at++) some.tell(1);
    const waiting = [some.follower.catchUp(), some.follower.catchUp()];
    expect([some.held.length, some.follower.isSettled]).toEqual([1, false]);
    await some.answer();
    // Those who have asked while it was being read may know of more.
    expect(some.held.length).toBe(1);
    await some.answer();
    await Promise.all(waiting);
    expect([some.handedOn, some.reads, some.follower.isSettled]).toEqual([['a 1', 'a 2'], 3, true]);
  });

  test('hands on what it is told of when it could not read at the beginning', async () => {
    const some = new Following();
    some.held = [];
    const begun = expect(some.follower.catchUp()).rejects.toThrow('away');
    await some.answer(new Error('away'));
    await begun;
    some.append();
    some.tell();
    expect(some.handedOn).toEqual(['a 1']);
  });

  test('reads what is missing with the next beacon when it could not be read before', async () => {
    const some = await following();
    some.held = [];
    some.append();
    some.append();
    some.tell(1);
    await some.answer(new Error('away'));
    some.held = undefined;
    some.follower.beat();
    await turnOfTheLoop();
    expect([some.handedOn, some.failures]).toEqual([['a 1', 'a 2'], [new Error('away')]]);
  });

  test('reads what it hears of from a node that tells how far the log has gone', async () => {
    const some = await following(1);
    some.follower.announced(some.top);
    expect(some.reads).toBe(1);
    some.append('m');
    some.told.splice(0);
    some.follower.announced(some.top);
    await turnOfTheLoop();
    expect([some.handedOn, some.reads]).toEqual([['a 2'], 2]);
    some.remove('m');
    some.told.splice(0);
    some.follower.announced(some.top);
    await turnOfTheLoop();
    // Nobody has told which message was removed.
    expect([keptNumbers(some, 2, 2), some.reads]).toEqual([undefined, 3]);
  });

  test('learns nothing from anybody before it knows where the log stands', async () => {
    const some = new Following();
    some.append();
    some.follower.announced(some.top);
    expect([some.reads, some.handedOn, some.follower.top]).toEqual([0, [], undefined]);
  });

  test('hands on the first entry that it is told of at once, and keeps what was added before when that was read', async () => {
    const some = new Following();
    for (let at = 0; at < 3; at++) some.append();
    some.told.splice(0);
    some.held = [];
    const begun = some.follower.catchUp();
    some.append();
    some.append();
    some.tellTwice();
    expect(some.handedOn).toEqual(['a 4']);
    await some.answer();
    await begun;
    some.tell();
    some.tell();
    expect([some.handedOn, keptNumbers(some, 1, 5)]).toEqual([
      ['a 4', 'a 5'],
      [1, 2, 3, 4, 5],
    ]);
  });

  test('reads what it was not told of while its first reading has failed', async () => {
    const some = new Following();
    some.held = [];
    const begun = some.follower.catchUp();
    some.append();
    some.tell();
    for (let at = 0; at < 2; at++) some.append();
    some.told.splice(0);
    await Promise.all([expect(begun).rejects.toThrow('lost'), some.answer(new Error('lost'))]);
    const again = some.follower.catchUp();
    await some.answer();
    await some.answer();
    await again;
    expect([some.handedOn, some.losses]).toEqual([['a 1', 'a 2', 'a 3'], 0]);
  });

  test('tells that messages are lost which were trimmed before it could read them, and goes on', async () => {
    const some = await following(0, { size: 3, ttlMs: 60_000 });
    for (let at = 0; at < 8; at++) some.append();
    some.tell(7);
    await turnOfTheLoop();
    expect([some.handedOn, some.losses]).toEqual([['a 6', 'a 7', 'a 8'], 1]);
    expect(keptNumbers(some, 6, 8)).toEqual([6, 7, 8]);
    expect(keptNumbers(some, 5, 8)).toBe(undefined);
  });

  test('reads a log of many pages', async () => {
    const some = await following(0, { size: 2_000, ttlMs: 60_000 });
    for (let at = 0; at < 1_250; at++) some.append();
    some.tell(1_249);
    await turnOfTheLoop();
    expect([some.handedOn.length, some.handedOn.at(-1), some.losses, some.reads]).toEqual([1_250, 'a 1250', 0, 4]);
  });

  test('says that it could not read when nobody waits for it, and tries again when more comes', async () => {
    const some = await following();
    some.held = [];
    some.append();
    some.append();
    some.tell(1);
    await some.answer(new Error('away'));
    expect([some.failures, some.handedOn]).toEqual([[new Error('away')], []]);
    const asked = expect(some.follower.catchUp()).rejects.toThrow('away again');
    await some.answer(new Error('away again'));
    await asked;
    expect(some.failures).toHaveLength(1);
    some.held = undefined;
    some.append();
    some.tell(1);
    await turnOfTheLoop();
    expect(some.handedOn).toEqual(['a 1', 'a 2', 'a 3']);
  });
});

describe('whoever waits for an entry', () => {
  /** What becomes of a waiter: its slices, which are the number of the entry. */
  function waiting({ follower }: Following, offset: number, epoch = follower.top?.epoch ?? 'unknown') {
    const told: number[] = [];
    const waits = follower.whenHandedOn({ epoch, offset });
    waits?.then((slices) => told.push(slices));
    return { waits: waits !== undefined, told };
  }

  test('does not wait when it was handed on', async () => {
    const some = await following(2);
    expect([waiting(some, 2).waits, waiting(some, 3).waits]).toEqual([false, true]);
  });

  test('is told when it is handed on', async () => {
    const some = await following();
    const { told } = waiting(some, 2);
    some.append();
    some.append();
    some.tell();
    await turnOfTheLoop();
    expect([told, some.follower.isSettled]).toEqual([[], false]);
    some.tell();
    await turnOfTheLoop();
    expect([told, some.follower.isSettled]).toEqual([[2], true]);
  });

  test('is told of one that has not come from one beacon to the next: it is read', async () => {
    const some = await following();
    some.append();
    some.follower.beat();
    const { told } = waiting(some, 1);
    some.follower.beat();
    await turnOfTheLoop();
    expect([told, some.reads]).toEqual([[], 1]);
    some.follower.beat();
    await turnOfTheLoop();
    expect([told, some.handedOn, some.reads]).toEqual([[1], ['a 1'], 2]);
    for (let beacon = 0; beacon < 2; beacon++) some.follower.beat();
    expect(some.reads).toBe(2);
  });

  test('is told when it is not to be expected any more: trimmed, of an epoch that has ended, or without a link', async () => {
    const some = await following(0, { size: 2, ttlMs: 60_000 });
    const trimmed = waiting(some, 1);
    for (let at = 0; at < 5; at++) some.append();
    some.tell(4);
    await turnOfTheLoop();
    const past = waiting(some, 9);
    const { epoch } = some.top;
    some.logs = new MemoryLogs<Uint8Array>(some.clock);
    await some.follower.catchUp();
    await turnOfTheLoop();
    expect([trimmed.told, past.told]).toEqual([[0], [0]]);
    const unlinked = waiting(some, 1);
    some.follower.suspend();
    await turnOfTheLoop();
    expect(unlinked.told).toEqual([0]);
    expect(waiting(some, 20, epoch).waits).toBe(false);
  });

  test('is told when the node begins to follow the log behind it', async () => {
    const some = new Following();
    const { epoch } = some.append();
    const { told } = waiting(some, 1, epoch);
    await some.follower.catchUp();
    await turnOfTheLoop();
    expect(told).toEqual([0]);
  });
});

describe('a follower that is let go of', () => {
  test('keeps nothing', async () => {
    const some = await following(5);
    expect(some.shelf.bytes).toBeGreaterThan(0);
    const waits = some.follower.whenHandedOn({ epoch: some.top.epoch, offset: 9 });
    some.follower.dispose();
    expect([some.shelf.bytes, await waits]).toEqual([0, 0]);
  });
});
