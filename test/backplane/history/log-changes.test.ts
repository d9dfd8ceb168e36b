import { describe, expect, test } from 'vitest';
import { MemoryLogs } from '../../../src/backplane/memory/memory-logs.ts';
import { turnOfTheLoop } from '../../support/memory-server.ts';
import { Following, following, keptNumbers } from './following.ts';

describe('a removed message', () => {
  test('is emptied where it is kept', async () => {
    const some = await following();
    some.append('m');
    some.append();
    some.remove('m');
    for (let at = 0; at < 3; at++) some.tell();
    expect([keptNumbers(some, 1, 2), some.follower.top?.removals]).toEqual([[-1, 2], 1]);
  });

  test('is emptied before it is handed on, when it has come too early', async () => {
    const some = await following();
    some.held = [];
    some.append();
    some.append('m');
    some.remove('m');
    some.tell(1);
    some.tell(1);
    some.held.shift()?.answer.resolve();
    await turnOfTheLoop();
    expect([some.handedOn, keptNumbers(some, 1, 2)]).toEqual([
      ['a 1', 'a 2'],
      [1, -2],
    ]);
  });

  test('of which nobody has told ends what is kept, as the next entry shows', async () => {
    const some = await following();
    some.append('m');
    some.tell();
    some.remove('m');
    some.told.splice(0);
    some.append();
    some.tell();
    expect([some.handedOn, keptNumbers(some, 1, 2), keptNumbers(some, 2, 2)]).toEqual([['a 1', 'a 2'], undefined, [2]]);
  });

  test('is emptied when it was told before the node knew where the log stands, and removed meanwhile', async () => {
    const some = new Following();
    some.held = [];
    const begun = some.follower.catchUp();
    some.append('m');
    some.tell();
    some.remove('m');
    await some.answer();
    await some.answer();
    await begun;
    some.tell();
    expect([some.handedOn, keptNumbers(some, 1, 1)]).toEqual([['a 1'], [-1]]);
  });

  test('is not kept when its entry comes behind its removal', async () => {
    const some = await following();
    some.append('m');
    some.remove('m');
    some.tell(1);
    some.tell();
    expect([some.handedOn, keptNumbers(some, 1, 1), some.follower.top?.removals]).toEqual([['a 1'], undefined, 1]);
  });

  test('ends what is kept when another removal is missing before it', async () => {
    const some = await following();
    for (const id of ['m', 'n', 'o']) some.append(id);
    for (let at = 0; at < 3; at++) some.tell();
    some.remove('m');
    some.remove('n');
    some.tell(1);
    expect([keptNumbers(some, 1, 1), keptNumbers(some, 3, 3)]).toEqual([undefined, undefined]);
    some.tell();
    expect(some.follower.top?.removals).toBe(2);
  });
});

describe('a new epoch', () => {
  /** The store has lost everything, and has entries again. */
  async function lostAll(entries: number): Promise<Following> {
    const some = await following(2);
    some.append();
    some.tell();
    some.logs = new MemoryLogs<Uint8Array>(some.clock);
    for (let at = 0; at < entries; at++) some.append();
    return some;
  }

  test('begins when something of it comes; its entries are handed on from the first one', async () => {
    const some = await lostAll(2);
    some.tell(1);
    await turnOfTheLoop();
    expect([some.handedOn, some.losses]).toEqual([['a 3', 'b 1', 'b 2'], 1]);
    expect(keptNumbers(some, 1, 2)).toEqual([1, 2]);
  });

  test('does not end again: what comes of the epoch before is left out', async () => {
    const some = await following();
    some.append();
    some.append();
    const [, late] = some.told;
    some.tell();
    some.logs = new MemoryLogs<Uint8Array>(some.clock);
    await some.follower.catchUp();
    some.told.splice(0, some.told.length);
    if (late?.what === 'appended') some.follower.appended(late.entry, late.top);
    some.follower.announced({ epoch: (late as { top: { epoch: string } }).top.epoch, last: 9, removals: 0 });
    await turnOfTheLoop();
    expect(some.handedOn).toEqual(['a 1']);
    some.append();
    some.tell();
    expect(some.handedOn).toEqual(['a 1', 'b 1']);
  });

  test('begins by itself when the store has not come as far as the node has seen', async () => {
    const some = await following();
    const before = some.logs.copy();
    for (let at = 0; at < 3; at++) some.append();
    for (let at = 0; at < 3; at++) some.tell();
    some.logs = before;
    await some.follower.catchUp();
    expect([some.follower.top?.base, some.follower.top?.last, some.losses]).toEqual([0, 0, 1]);
    some.append();
    some.tell();
    expect(some.handedOn).toEqual(['a 1', 'a 2', 'a 3', 'b 1']);
  });

  test('is no loss when the log was forgotten because of its age', async () => {
    const some = await following(0, { size: 10, ttlMs: 1_000 });
    some.append();
    some.tell();
    some.clock.increment(2_000);
    some.append();
    some.tell();
    await turnOfTheLoop();
    expect([some.handedOn, some.losses]).toEqual([['a 1', 'b 1'], 0]);
  });
});
