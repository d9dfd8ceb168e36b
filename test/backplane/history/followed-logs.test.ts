import { describe, expect, test } from 'vitest';
import { FollowedLogs } from '../../../src/backplane/history/followed-logs.ts';
import type { LogFollower } from '../../../src/backplane/history/log-follower.ts';
import { SentLogs } from '../../../src/backplane/link/sent-logs.ts';
import { Subscriptions } from '../../../src/backplane/link/subscriptions.ts';
import type { LogStore } from '../../../src/backplane/log-store.ts';
import { type Deferred, defer } from '../../../src/promises.ts';
import { CollectedLog } from '../../support/collected-log.ts';
import { turnOfTheLoop } from '../../support/memory-server.ts';
import { entryOf, topOf } from './entries.ts';

const STATE = { size: 5, ttlMs: 60_000, seen: [] };
const ENTRY = { ...STATE, bytes: new Uint8Array([1]), messageId: 'm' };
const MIB = 1_024 * 1_024;
const APPENDED = { position: { epoch: 'e', offset: 3 }, at: 7, top: topOf('e', 3) };

/** The logs of a node, with what happens in the order in which it happens. */
function following() {
  const events: string[] = [];
  const log = new CollectedLog();
  const sentLogs = new SentLogs();
  const confirmations: Deferred<void>[] = [];
  const followed = new Subscriptions({
    nextTurn: (run) => setImmediate(run),
    subscribe: (logs) => {
      events.push(`follow ${logs.join()}`);
      const confirmed = defer();
      confirmations.push(confirmed);
      return confirmed.promise;
    },
    unsubscribe: (logs) => events.push(`unfollow ${logs.join()}`),
    confirmed() {},
    ended() {},
    failed() {},
  });
  void followed.open();
  const answers = {
    append: async (): Promise<unknown> => APPENDED,
    remove: async (): Promise<unknown> => topOf('e', 3, { removals: 1 }),
    hazards: async (): Promise<readonly string[]> => [],
  };
  const store = {
    append: (name: string) => {
      events.push(`append ${name}`);
      return answers.append();
    },
    remove: (name: string) => {
      events.push(`remove ${name}`);
      return answers.remove();
    },
    hazards: () => answers.hazards(),
  } as unknown as LogStore;
  const link = { isLinked: true };
  const logs = new FollowedLogs({
    ...{ store, followed, sentLogs, log },
    isLinked: () => link.isLinked,
    flush: () => events.push('flush'),
  });
  /** A follower that notes what it is told. @param read What its readings wait for. */
  const follower = (name: string, read: () => Promise<void> = async () => {}): LogFollower => {
    const note = (what: string) => events.push(`${name} ${what}`);
    return {
      appended: ({ offset }: { offset: number }) => note(`appended ${offset}`),
      removed: ({ offset }: { offset: number }) => note(`removed ${offset}`),
      announced: ({ last }: { last: number }) => note(`announced ${last}`),
      suspend: () => note('suspended'),
      catchUp: () => {
        note('reads');
        return read();
      },
    } as unknown as LogFollower;
  };
  const seen = () => events.splice(0);
  return { logs, link, log, sentLogs, answers, follower, confirmations, seen };
}

/** The same with followers of logs, which have read. */
async function withFollowers(...names: readonly string[]) {
  const some = following();
  for (const name of names) void some.logs.follow(name, some.follower(name));
  await turnOfTheLoop();
  for (const { resolve } of some.confirmations) resolve();
  await turnOfTheLoop();
  some.seen();
  return some;
}

describe('an entry that this node adds', () => {
  test('is behind what was sent before, and comes to the follower when it is told', async () => {
    const { logs, sentLogs, seen } = await withFollowers('x', 'y');
    expect(await logs.calls.append('x', ENTRY)).toBe(APPENDED);
    expect(seen()).toEqual(['flush', 'append x']);
    expect(sentLogs.announce()).toEqual([{ log: 'x', epoch: 'e', last: 3, removals: 0 }]);
  });

  test('that was there already comes to nobody', async () => {
    const { logs, sentLogs, answers, seen } = await withFollowers('x');
    const repeated = { ...APPENDED, top: undefined };
    answers.append = async () => repeated;
    expect(await logs.calls.append('x', ENTRY)).toBe(repeated);
    expect([seen(), sentLogs.size]).toEqual([['flush', 'append x'], 0]);
  });

  test('has at most 16 MiB, and 32 MiB may wait for the store', async () => {
    const { logs, answers, seen } = await withFollowers('x');
    const entryWith = (length: number) => ({ ...ENTRY, bytes: new Uint8Array(length) });
    await expect(logs.calls.append('x', entryWith(16 * MIB + 1))).rejects.toMatchObject({
      problem: 'refused',
      message: 'It has 16777217 bytes, and a history takes at most 16777216.',
    });
    const [first, second]: Deferred<unknown>[] = [defer(), defer()];
    const stored = [first, second].map((answer) => {
      answers.append = () => (answer as Deferred<unknown>).promise;
      return logs.calls.append('x', entryWith(16 * MIB));
    });
    answers.append = async () => APPENDED;
    await expect(logs.calls.append('x', ENTRY)).rejects.toMatchObject({
      problem: 'unreachable',
      message: '33554432 bytes of messages wait for the backplane already.',
    });
    expect(seen()).toEqual(['flush', 'append x', 'flush', 'append x']);
    expect(logs.calls.counts).toEqual({ appended: 0, duplicates: 0, rejected: 2 });
    first?.resolve(APPENDED);
    second?.reject(new Error('away'));
    expect((await Promise.allSettled(stored)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await logs.calls.append('x', entryWith(16 * MIB))).toBe(APPENDED);
  });

  test('needs a link, as everything else', async () => {
    const { logs, link, seen } = await withFollowers('x');
    link.isLinked = false;
    const read = { ...STATE, before: undefined, limit: 1 };
    for (const asked of [logs.calls.append('x', ENTRY), logs.calls.read('x', read), logs.calls.remove('x', 'm', STATE)])
      await expect(asked).rejects.toMatchObject({ problem: 'closed' });
    expect(seen()).toEqual([]);
  });
});

test('a removal of this node is behind what was sent before, and is named by its beacons if it has removed something', async () => {
  const { logs, sentLogs, answers, seen } = following();
  expect(await logs.calls.remove('x', 'm', STATE)).toBe(true);
  expect(seen()).toEqual(['flush', 'remove x']);
  expect(sentLogs.announce()).toEqual([{ log: 'x', epoch: 'e', last: 3, removals: 1 }]);
  answers.remove = async () => undefined;
  sentLogs.announce();
  expect([await logs.calls.remove('x', 'm', STATE), sentLogs.size]).toEqual([false, 0]);
});

describe('a log that a node begins to follow', () => {
  test('is read when each further entry comes', async () => {
    const { logs, follower, confirmations, seen } = following();
    let hasBegun = false;
    void logs.follow('x', follower('x')).then(() => {
      hasBegun = true;
    });
    await turnOfTheLoop();
    await turnOfTheLoop();
    expect([seen(), hasBegun]).toEqual([['follow x'], false]);
    confirmations[0]?.resolve();
    await turnOfTheLoop();
    expect([seen(), hasBegun]).toEqual([['x reads'], true]);
  });

  test('without a link waits for nothing', async () => {
    const { logs, link, follower, seen } = following();
    link.isLinked = false;
    await logs.follow('x', follower('x'));
    expect(seen()).toEqual([]);
  });

  test('that cannot be read is in the log, and nobody waits', async () => {
    const { logs, log, follower, confirmations } = following();
    const begun = logs.follow(
      'x',
      follower('x', () => Promise.reject(new Error('away'))),
    );
    await turnOfTheLoop();
    await turnOfTheLoop();
    confirmations[0]?.resolve();
    await begun;
    expect(log.lines.map(({ level, text, error }) => [level, text, error])).toEqual([
      ['warn', 'the history of a group could not be read', 'Error: away'],
    ]);
  });
});

describe('what comes of logs', () => {
  test('is for those who follow them', async () => {
    const { logs, seen } = await withFollowers('x', 'y');
    logs.appended('x', entryOf(1), topOf('e', 1));
    logs.removed('y', { offset: 2, messageId: 'm' }, topOf('e', 2));
    logs.announced([
      { log: 'y', epoch: 'e', last: 9, removals: 0 },
      { log: 'z', epoch: 'e', last: 9, removals: 0 },
    ]);
    logs.unfollow('x');
    logs.appended('x', entryOf(2), topOf('e', 2));
    expect([seen(), logs.size]).toEqual([['x appended 1', 'y removed 2', 'y announced 9'], 1]);
    logs.unlinked();
    expect(seen()).toEqual(['y suspended']);
  });
});

describe('when something may be missing', () => {
  test('all followers read, 16 at the same time, and again when it is asked for meanwhile', async () => {
    const names = Array.from({ length: 20 }, (_, at) => `log${at}`);
    const some = following();
    const { logs, follower, seen } = some;
    const readings: Deferred<void>[] = [];
    const read = () => {
      const reading = defer();
      readings.push(reading);
      return reading.promise;
    };
    some.link.isLinked = false;
    for (const name of names) void logs.follow(name, follower(name, read));
    await turnOfTheLoop();
    seen();
    some.link.isLinked = true;
    logs.check();
    logs.check();
    await turnOfTheLoop();
    expect(seen()).toEqual(names.slice(0, 16).map((name) => `${name} reads`));
    logs.check();
    readings.shift()?.resolve();
    await turnOfTheLoop();
    expect(seen()).toEqual(['log16 reads']);
    for (let done = 1; done < 20; done++) {
      readings.shift()?.resolve();
      await turnOfTheLoop();
    }
    // The second round.
    expect(seen()).toHaveLength(3 + 16);
    for (let done = 0; done < 20; done++) {
      readings.shift()?.resolve();
      await turnOfTheLoop();
    }
    expect([seen().length, readings.length]).toEqual([4, 0]);
  });

  test('nobody reads when the link is lost meanwhile', async () => {
    const { logs, link, seen } = await withFollowers('x');
    logs.check();
    link.isLinked = false;
    await turnOfTheLoop();
    expect(seen()).toEqual([]);
  });
});

describe('the log of a node that is linked', () => {
  const warnings = ({ lines }: CollectedLog) => lines.map(({ text, data, error }) => [text, error ?? data]);

  test('names once why the store may lose entries, if groups keep their messages', async () => {
    const { logs, log, answers } = following();
    answers.hazards = async () => ['it evicts', 'it forgets'];
    logs.linked();
    await turnOfTheLoop();
    expect(log.lines).toEqual([]);
    logs.use({ beat() {} });
    for (let times = 0; times < 2; times++) logs.linked();
    await turnOfTheLoop();
    expect(warnings(log)).toEqual([
      ['the history of groups may be lost', { hazard: 'it evicts' }],
      ['the history of groups may be lost', { hazard: 'it forgets' }],
    ]);
  });

  test('says that it is not known', async () => {
    const { logs, log, answers } = following();
    answers.hazards = () => Promise.reject(new Error('away'));
    logs.use({ beat() {} });
    logs.linked();
    await turnOfTheLoop();
    expect(warnings(log)).toEqual([
      ['it could not be checked whether the history of groups may be lost', 'Error: away'],
    ]);
  });
});
