import type { AuditEntry, HeldMessage, ModerationStore, Sanction, SanctionKind } from '../storage/moderation-store.ts';
import { NAME_BYTES } from '../storage/rows/checked-arguments.ts';
import { auditEntry, heldMessage, sanctionOn } from './moderation-rows.ts';
import type { StoreTest } from './opened-store.ts';
import { problemOf } from './storage-test.ts';
import type { TestFramework } from './test-framework.ts';
import { UNUSUAL_TEXTS } from './unusual-texts.ts';

const NO_TEXT: readonly unknown[] = [undefined, 1, true, {}];
const NO_MOMENT: readonly unknown[] = [undefined, '1', Number.NaN, 1.5, Number.POSITIVE_INFINITY, 2 ** 60];

/** The part of the contract of a store of moderation about what it is given. */
export function moderationArgumentsContract({ expect }: TestFramework, test: StoreTest<ModerationStore>): void {
  test('gives back every text exactly, whatever characters it has', async (moderation) => {
    for (const [at, text] of UNUSUAL_TEXTS.entries()) {
      const sanction = sanctionOn(text, { kind: 'mute', reason: text, by: text });
      await moderation.impose(sanction);
      expect(await moderation.sanctions(0, { user: text })).toEqual([sanction]);
      const id = `${at}${text}`;
      const held = { id, heldAt: at, authorId: text, author: text, conversation: text, text, replyTo: text };
      await moderation.hold(held);
      expect(await moderation.held()).toEqual([held]);
      expect(await moderation.claimHeld(id, text, 1)).toEqual(held);
      const entry = { id, at, by: text, action: text, user: text, conversation: text, reason: text };
      await moderation.record(entry);
      expect(await moderation.audit({ user: text })).toEqual([entry]);
      await moderation.setSlowMode(text, 1);
      expect((await moderation.slowModes()).filter(({ conversation }) => conversation === text).length).toEqual(1);
      await moderation.setSlowMode(text, 0);
      expect(await moderation.slowModes()).toEqual([]);
    }
    const changed = await moderation.changesSince(0);
    expect(changed.map(({ user }) => user)).toEqual(UNUSUAL_TEXTS);
    for (const user of UNUSUAL_TEXTS) await moderation.lift('mute', user, 2_000);
    expect(await moderation.sanctions(0)).toEqual([]);
  });

  test('keeps names up to a size', async (moderation) => {
    const long = 'é'.repeat(NAME_BYTES / 2);
    await moderation.impose(sanctionOn(long));
    await moderation.record(auditEntry(long, { user: long }));
    await moderation.hold(heldMessage(long, { conversation: long }));
    await moderation.setSlowMode(long, 5);
    expect((await moderation.sanctions(0, { user: long })).length).toEqual(1);
    expect(await moderation.audit({ user: long })).toEqual([auditEntry(long, { user: long })]);
    const longer = `${long}a`;
    for (const asked of [
      moderation.impose(sanctionOn(longer)),
      moderation.record(auditEntry(longer)),
      moderation.record(auditEntry('a', { user: longer })),
      moderation.hold(heldMessage(longer)),
      moderation.hold(heldMessage('a', { conversation: longer })),
      moderation.setSlowMode(longer, 5),
    ])
      expect(await problemOf(asked)).toEqual('invalid');
  });

  test('refuses what it could not give back', async (moderation) => {
    const sanction: Partial<Record<keyof Sanction, readonly unknown[]>> = {
      kind: [...NO_TEXT, null, 'kick'],
      user: [...NO_TEXT, null],
      at: [...NO_MOMENT, null],
      until: NO_MOMENT,
      reason: NO_TEXT,
      by: [...NO_TEXT, null],
    };
    const held: Partial<Record<keyof HeldMessage, readonly unknown[]>> = {
      id: [...NO_TEXT, null],
      heldAt: [...NO_MOMENT, null],
      authorId: NO_TEXT,
      author: [...NO_TEXT, null],
      conversation: [...NO_TEXT, null],
      text: [...NO_TEXT, null],
      replyTo: NO_TEXT,
    };
    const entry: Partial<Record<keyof AuditEntry, readonly unknown[]>> = {
      id: [...NO_TEXT, null],
      at: [...NO_MOMENT, null],
      by: [...NO_TEXT, null],
      action: [...NO_TEXT, null],
      user: NO_TEXT,
      conversation: NO_TEXT,
      reason: NO_TEXT,
    };
    for (const [what, wrong] of [
      [(more: object) => moderation.impose({ ...sanctionOn('ann'), ...more }), sanction],
      [(more: object) => moderation.hold({ ...heldMessage('a'), ...more }), held],
      [(more: object) => moderation.record({ ...auditEntry('a'), ...more }), entry],
    ] as const)
      for (const [field, values] of Object.entries(wrong))
        for (const value of values)
          expect(await problemOf(what({ [field]: value })), `${field}: ${value}`).toEqual('invalid');
    expect(await moderation.changesSince(0)).toEqual([]);
    expect(await moderation.held()).toEqual([]);
    expect(await moderation.audit()).toEqual([]);
  });

  test('refuses other wrong values', async (moderation) => {
    for (const asked of [
      moderation.lift('kick' as SanctionKind, 'ann', 1),
      moderation.lift('ban', 'ann', 1.5),
      moderation.sanctions(Number.NaN),
      moderation.sanctions(0, { limit: -1 }),
      moderation.sanctions(0, { after: { kind: 'ban' } as Sanction }),
      moderation.changesSince('0' as unknown as number),
      moderation.setSlowMode('a', -1),
      moderation.setSlowMode('a', 0.5),
      moderation.claimHeld('a', 1 as unknown as string, 1),
      moderation.audit({ before: { at: 1.5, id: 'a' } }),
      moderation.prune({ count: 0.5 }, 1),
      moderation.expire(0, 0),
    ])
      expect(await problemOf(asked)).toEqual('invalid');
  });
}
