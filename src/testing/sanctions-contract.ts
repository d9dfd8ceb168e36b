import { type ModerationStore, type Sanction, STAYS_MS } from '../storage/moderation-store.ts';
import { sanctionOn } from './moderation-rows.ts';
import type { StoreTest } from './opened-store.ts';
import type { TestFramework } from './test-framework.ts';

/** The part of the contract of a store of moderation about sanctions. */
export function sanctionsContract({ expect }: TestFramework, test: StoreTest<ModerationStore>): void {
  /** Kinds and users of all changes after a moment. */
  async function changes(moderation: ModerationStore, changedAt: number): Promise<readonly string[]> {
    return (await moderation.changesSince(changedAt)).map(({ kind, user }) => `${kind} ${user}`);
  }
  async function lastChange(moderation: ModerationStore): Promise<number> {
    return (await moderation.changesSince(0)).at(-1)?.changedAt ?? 0;
  }

  test('gives back sanctions, by kind and user', async (moderation) => {
    const whole = sanctionOn('bob', { kind: 'mute', until: 9_000, reason: 'spam', by: 'eve' });
    const others = ['\u{1f600}', '\ufffd', 'ann'].map((user) => sanctionOn(user));
    for (const sanction of [whole, ...others]) await moderation.impose(sanction);
    const all = [...others.toReversed(), whole];
    expect(await moderation.sanctions(5_000)).toEqual(all);
    expect(await moderation.sanctions(5_000, { kind: 'mute' })).toEqual([whole]);
    expect(await moderation.sanctions(5_000, { user: 'ann' })).toEqual([sanctionOn('ann')]);
    expect(await moderation.sanctions(5_000, { user: 'ann', kind: 'mute' })).toEqual([]);
    expect(await moderation.sanctions(5_000, { limit: 2 })).toEqual(all.slice(0, 2));
    const after = { kind: 'ban', user: '\ufffd' } as const;
    expect(await moderation.sanctions(5_000, { after })).toEqual(all.slice(2));
    expect(await moderation.sanctions(5_000, { after, kind: 'ban', limit: 5 })).toEqual(all.slice(2, 3));
  });

  test('has a sanction until it is over, or lifted', async (moderation) => {
    await moderation.impose(sanctionOn('ann', { until: 5_000 }));
    await moderation.impose(sanctionOn('ann', { kind: 'mute' }));
    expect(await moderation.sanctions(4_999)).toEqual([
      sanctionOn('ann', { until: 5_000 }),
      sanctionOn('ann', { kind: 'mute' }),
    ]);
    expect(await moderation.sanctions(5_000)).toEqual([sanctionOn('ann', { kind: 'mute' })]);
    await moderation.lift('mute', 'ann', 3_000);
    expect(await moderation.sanctions(5_000)).toEqual([]);
    expect(await moderation.sanctions(0)).toEqual([sanctionOn('ann', { until: 5_000 })]);
    await moderation.lift('ban', 'bob', 3_000);
    expect(await moderation.sanctions(0, { user: 'bob' })).toEqual([]);
  });

  test('has the latest sanction of a kind on a user', async (moderation) => {
    const later = sanctionOn('ann', { at: 2_000, until: 9_000, reason: 'later', by: 'eve' });
    await moderation.impose(sanctionOn('ann'));
    await moderation.impose(later);
    await moderation.impose(sanctionOn('ann', { at: 1_999 }));
    expect(await moderation.sanctions(0)).toEqual([later]);
    await moderation.impose({ ...later, reason: 'same moment' });
    expect(await moderation.sanctions(0)).toEqual([{ ...later, reason: 'same moment' }]);
  });

  test('does not impose again what was lifted since', async (moderation) => {
    const sanction = sanctionOn('ann', { at: 1_000 });
    await moderation.impose(sanction);
    await moderation.lift('ban', 'ann', 2_000);
    await moderation.impose(sanction);
    await moderation.impose(sanctionOn('ann', { at: 2_000, reason: 'late call' }));
    expect(await moderation.sanctions(0)).toEqual([]);
    await moderation.impose(sanctionOn('ann', { at: 2_001 }));
    expect(await moderation.sanctions(0)).toEqual([sanctionOn('ann', { at: 2_001 })]);
  });

  test('does not lift what was imposed later', async (moderation) => {
    await moderation.impose(sanctionOn('ann', { at: 2_000 }));
    await moderation.lift('ban', 'ann', 1_999);
    expect((await moderation.sanctions(0)).length).toEqual(1);
    await moderation.lift('ban', 'ann', 2_000);
    await moderation.lift('ban', 'ann', 2_500);
    await moderation.lift('ban', 'ann', 2_100);
    expect((await moderation.changesSince(0)).map(({ liftedAt }) => liftedAt)).toEqual([2_500]);
    await moderation.impose(sanctionOn('ann', { at: 2_400 }));
    expect(await moderation.sanctions(0)).toEqual([]);
  });

  test('knows what has changed, in that order, with the latest state of each', async (moderation, _opened, clock) => {
    const begin = clock.wallNow();
    await moderation.impose(sanctionOn('ann', { until: 9_000 }));
    clock.increment(10);
    await moderation.impose(sanctionOn('bob'));
    expect(await moderation.changesSince(0)).toEqual([
      { ...sanctionOn('ann', { until: 9_000 }), liftedAt: null, changedAt: begin },
      { ...sanctionOn('bob'), liftedAt: null, changedAt: begin + 10 },
    ]);
    expect(await changes(moderation, begin)).toEqual(['ban bob']);
    clock.increment(10);
    await moderation.lift('ban', 'ann', 7_000);
    expect(await changes(moderation, 0)).toEqual(['ban bob', 'ban ann']);
    expect(await moderation.changesSince(begin + 10)).toEqual([
      { ...sanctionOn('ann', { until: 9_000 }), liftedAt: 7_000, changedAt: begin + 20 },
    ]);
    expect(await changes(moderation, begin + 20)).toEqual([]);
  });

  test('has a later moment for each change, whatever the clock does', async (moderation, _opened, clock) => {
    await moderation.impose(sanctionOn('ann'));
    const first = await lastChange(moderation);
    await moderation.impose(sanctionOn('bob'));
    expect(await changes(moderation, first)).toEqual(['ban bob']);
    const second = await lastChange(moderation);
    clock.stepWall(-3_600_000);
    await moderation.lift('ban', 'ann', 5_000);
    expect(await changes(moderation, second)).toEqual(['ban ann']);
  });

  test('has a later moment for each change, also after the last one was deleted', async (moderation, _opened, clock) => {
    await moderation.impose(sanctionOn('ann', { until: 2_000 }));
    const last = await lastChange(moderation);
    expect(await moderation.expire(2_000 + STAYS_MS, 10)).toEqual(true);
    clock.stepWall(-3_600_000);
    await moderation.impose(sanctionOn('bob'));
    expect(await changes(moderation, last)).toEqual(['ban bob']);
  });

  test('takes for no change what changes nothing', async (moderation, _opened, clock) => {
    await moderation.impose(sanctionOn('ann', { at: 2_000 }));
    await moderation.impose(sanctionOn('bob'));
    await moderation.lift('ban', 'bob', 3_000);
    const last = await lastChange(moderation);
    clock.increment(10);
    await moderation.impose(sanctionOn('ann', { at: 2_000 }));
    await moderation.impose(sanctionOn('ann', { at: 1_000 }));
    await moderation.lift('ban', 'ann', 1_000);
    await moderation.lift('ban', 'bob', 3_000);
    await moderation.lift('mute', 'ann', 3_000);
    expect(await changes(moderation, last)).toEqual([]);
  });

  test('has sanctions and changes in pages of 1,000, and misses none', async (moderation) => {
    const users = Array.from({ length: 1_002 }, (_, n) => `${n}`.padStart(4, '0'));
    for (const user of users) await moderation.impose(sanctionOn(user));
    for (const query of [{}, { limit: 5_000 }]) {
      const first = await moderation.sanctions(0, query);
      expect(first.map(({ user }) => user)).toEqual(users.slice(0, 1_000));
      const after = first.at(-1) as Sanction;
      expect((await moderation.sanctions(0, { ...query, after })).map(({ user }) => user)).toEqual(users.slice(1_000));
    }
    const changed = await moderation.changesSince(0);
    expect(changed.map(({ user }) => user)).toEqual(users.slice(0, 1_000));
    const rest = await moderation.changesSince(changed.at(-1)?.changedAt ?? 0);
    expect(rest.map(({ user }) => user)).toEqual(users.slice(1_000));
  });

  test('deletes sanctions a day after they are over or lifted', async (moderation) => {
    await moderation.impose(sanctionOn('over', { until: 2_000 }));
    await moderation.impose(sanctionOn('lifted'));
    await moderation.lift('ban', 'lifted', 3_000);
    await moderation.impose(sanctionOn('lifted early', { until: 9_000 }));
    await moderation.lift('ban', 'lifted early', 4_000);
    await moderation.impose(sanctionOn('in force', { until: 9_000 }));
    await moderation.impose(sanctionOn('for ever'));
    const left = async (now: number) => {
      expect(await moderation.expire(now + STAYS_MS, 10)).toEqual(true);
      return (await moderation.changesSince(0)).map(({ user }) => user);
    };
    expect(await left(1_999)).toEqual(['over', 'lifted', 'lifted early', 'in force', 'for ever']);
    expect(await left(2_000)).toEqual(['lifted', 'lifted early', 'in force', 'for ever']);
    expect(await left(3_000)).toEqual(['lifted early', 'in force', 'for ever']);
    expect(await left(4_000)).toEqual(['in force', 'for ever']);
    expect(await left(9_000_000)).toEqual(['for ever']);
  });
}
