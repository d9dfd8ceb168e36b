import { type ModerationStore, type SlowMode, STAYS_MS } from '../storage/moderation-store.ts';
import { heldMessagesContract } from './held-messages-contract.ts';
import { moderationArgumentsContract } from './moderation-arguments-contract.ts';
import { auditEntry, heldMessage, sanctionOn } from './moderation-rows.ts';
import { forAll, type OpenStore, storeTest } from './opened-store.ts';
import { retentionContract } from './retention-contract.ts';
import { sanctionsContract } from './sanctions-contract.ts';
import { problemOf } from './storage-test.ts';
import type { TestFramework } from './test-framework.ts';

/**
 * Declares the tests that every implementation of the port `ModerationStore` has to pass.
 *
 * @param open Called once in each test.
 */
export function moderationStoreContract(framework: TestFramework, open: OpenStore<ModerationStore>): void {
  const { expect } = framework;
  const test = storeTest(framework, open);

  test('has nothing at first', async (moderation) => {
    expect(await moderation.sanctions(0)).toEqual([]);
    expect(await moderation.changesSince(0)).toEqual([]);
    expect(await moderation.slowModes()).toEqual([]);
    expect(await moderation.held()).toEqual([]);
    expect(await moderation.audit()).toEqual([]);
  });

  test('knows the slow modes, by the names of the conversations', async (moderation) => {
    for (const [conversation, seconds] of [
      ['b', 10],
      ['\u{1f600}', 20],
      ['\ufffd', 30],
      ['a', 40],
    ] as const)
      await moderation.setSlowMode(conversation, seconds);
    await moderation.setSlowMode('b', 15);
    await moderation.setSlowMode('a', 0);
    await moderation.setSlowMode('x', 0);
    const all: readonly SlowMode[] = [
      { conversation: 'b', seconds: 15 },
      { conversation: '\ufffd', seconds: 30 },
      { conversation: '\u{1f600}', seconds: 20 },
    ];
    expect(await moderation.slowModes()).toEqual(all);
    expect(await moderation.slowModes('b')).toEqual(all.slice(1));
    expect(await moderation.slowModes('\u{1f600}')).toEqual([]);
  });

  test('has slow modes in pages of 1,000', async (moderation) => {
    const names = Array.from({ length: 1_002 }, (_, n) => `${n}`.padStart(4, '0'));
    await forAll(names, (name) => moderation.setSlowMode(name, 5));
    const first = (await moderation.slowModes()).map(({ conversation }) => conversation);
    expect(first).toEqual(names.slice(0, 1_000));
    const rest = (await moderation.slowModes(first.at(-1))).map(({ conversation }) => conversation);
    expect(rest).toEqual(names.slice(1_000));
  });

  test('gives back the audit trail, the newest entry first, and by id within a millisecond', async (moderation) => {
    const whole = auditEntry('d', { at: 30, action: 'mute', conversation: 'room:a', reason: 'spam' });
    const entries = [
      auditEntry('b', { at: 20 }),
      auditEntry('\u{1f600}', { at: 20 }),
      auditEntry('\ufffd', { at: 20 }),
    ];
    for (const entry of [...entries, whole, auditEntry('a', { at: 20, user: null })]) await moderation.record(entry);
    const trail = await moderation.audit();
    expect(trail[0]).toEqual(whole);
    expect(trail.map(({ id }) => id)).toEqual(['d', '\u{1f600}', '\ufffd', 'b', 'a']);
    expect(trail.at(-1)).toEqual(auditEntry('a', { at: 20, user: null }));
  });

  test('gives the audit trail in pages, and of one user', async (moderation) => {
    for (const id of ['a', 'b', 'c', 'd']) await moderation.record(auditEntry(id, { at: id < 'c' ? 10 : 20 }));
    await moderation.record(auditEntry('e', { at: 15, user: 'bob' }));
    await moderation.record(auditEntry('f', { at: 15, user: null }));
    const ids = async (query: Parameters<ModerationStore['audit']>[0]) =>
      (await moderation.audit(query)).map(({ id }) => id);
    expect(await ids({ limit: 2 })).toEqual(['d', 'c']);
    expect(await ids({ before: { at: 20, id: 'c' }, limit: 2 })).toEqual(['f', 'e']);
    expect(await ids({ before: { at: 10, id: 'b' } })).toEqual(['a']);
    expect(await ids({ before: { at: 10, id: 'a' } })).toEqual([]);
    expect(await ids({ user: 'ann' })).toEqual(['d', 'c', 'b', 'a']);
    expect(await ids({ user: 'ann', before: { at: 20, id: 'c' }, limit: 1 })).toEqual(['b']);
    expect(await ids({ user: 'bob' })).toEqual(['e']);
    expect(await ids({ limit: 0 })).toEqual([]);
  });

  test('has an entry of the audit trail once, as it was first', async (moderation) => {
    await moderation.record(auditEntry('a'));
    await moderation.record(auditEntry('a', { at: 5_000, reason: 'other' }));
    expect(await moderation.audit()).toEqual([auditEntry('a')]);
  });

  test('does not notice what the caller does with its objects later', async (moderation) => {
    const [sanction, message, entry] = [{ ...sanctionOn('ann') }, { ...heldMessage('a') }, { ...auditEntry('a') }];
    const saved = [moderation.impose(sanction), moderation.hold(message), moderation.record(entry)];
    for (const mine of [sanction, message, entry]) Object.assign(mine, { by: 'changed', author: 'changed' });
    await Promise.all(saved);
    for (const found of [
      ...(await moderation.sanctions(0)),
      ...(await moderation.held()),
      ...(await moderation.audit()),
    ])
      Object.assign(found, { by: 'changed, too', author: 'changed, too' });
    for (const change of await moderation.changesSince(0)) Object.assign(change, { by: 'changed, too' });
    expect(await moderation.sanctions(0)).toEqual([sanctionOn('ann')]);
    expect((await moderation.changesSince(0))[0]?.by).toEqual('mod');
    expect(await moderation.held()).toEqual([heldMessage('a')]);
    expect(await moderation.claimHeld('a', 'x', 1)).toEqual(heldMessage('a'));
    expect(await moderation.audit()).toEqual([auditEntry('a')]);
  });

  test('keeps everything while it is closed', async (moderation, opened, clock) => {
    await moderation.impose(sanctionOn('ann'));
    await moderation.hold(heldMessage('a'));
    await moderation.record(auditEntry('a'));
    await moderation.setSlowMode('room:a', 10);
    const changes = await moderation.changesSince(0);
    await opened.close();
    await opened.reopen();
    expect(await moderation.changesSince(0)).toEqual(changes);
    expect(await moderation.held()).toEqual([heldMessage('a')]);
    expect(await moderation.audit()).toEqual([auditEntry('a')]);
    expect(await moderation.slowModes()).toEqual([{ conversation: 'room:a', seconds: 10 }]);
    clock.stepWall(-10_000);
    await moderation.impose(sanctionOn('bob'));
    const since = changes.at(-1)?.changedAt ?? 0;
    expect((await moderation.changesSince(since)).map(({ user }) => user)).toEqual(['bob']);
  });

  test('answers only while the storage is open', async (moderation, opened) => {
    await opened.close();
    for (const asked of [
      moderation.impose(sanctionOn('ann')),
      moderation.lift('ban', 'ann', 1),
      moderation.sanctions(0),
      moderation.changesSince(0),
      moderation.setSlowMode('room:a', 1),
      moderation.setSlowMode('room:a', 0),
      moderation.slowModes(),
      moderation.hold(heldMessage('a')),
      moderation.held(),
      moderation.claimHeld('a', 'x', 1),
      moderation.record(auditEntry('a')),
      moderation.audit(),
      moderation.prune({ count: 0 }, 1),
      moderation.expire(0, 1),
    ])
      expect(await problemOf(asked)).toEqual('closed');
  });

  sanctionsContract(framework, test);
  heldMessagesContract(framework, test);
  moderationArgumentsContract(framework, test);
}

/** The part of the contract about how many old rows a call deletes. */
export function oldModerationContract(framework: TestFramework, open: OpenStore<ModerationStore>): void {
  const { expect } = framework;
  const test = storeTest(framework, open);

  retentionContract(framework, test, {
    name: 'entries of the audit trail',
    add: (moderation, id, at) => moderation.record(auditEntry(id, { at })),
    ids: async (moderation) => (await moderation.audit()).map(({ id }) => id),
  });

  test('deletes no more sanctions than it may, and says whether there are more', async (moderation) => {
    for (const user of ['a', 'b', 'c', 'd', 'e']) await moderation.impose(sanctionOn(user, { until: 2_000 }));
    const left = async () => (await moderation.changesSince(0)).length;
    expect([await moderation.expire(2_000 + STAYS_MS, 2), await left()]).toEqual([false, 3]);
    expect([await moderation.expire(2_000 + STAYS_MS, 2), await left()]).toEqual([false, 1]);
    expect([await moderation.expire(2_000 + STAYS_MS, 2), await left()]).toEqual([true, 0]);
  });

  test('deletes no more held messages than it may, and says whether there are more', async (moderation) => {
    const ids = ['a', 'b', 'c'];
    for (const id of ids) await moderation.hold(heldMessage(id));
    for (const id of ids) await moderation.claimHeld(id, 'x', 2_000);
    const left = async () =>
      (await Promise.all(ids.map((id) => moderation.claimHeld(id, 'x', 2_000)))).filter((found) => found !== undefined);
    expect([await moderation.expire(2_000 + STAYS_MS, 2), (await left()).length]).toEqual([false, 1]);
    expect([await moderation.expire(2_000 + STAYS_MS, 2), (await left()).length]).toEqual([true, 0]);
  });
}
