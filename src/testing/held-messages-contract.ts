import { type ModerationStore, STAYS_MS } from '../storage/moderation-store.ts';
import { heldMessage } from './moderation-rows.ts';
import { forAll, type StoreTest } from './opened-store.ts';
import type { TestFramework } from './test-framework.ts';

/** The part of the contract of a store of moderation about messages that wait for a moderator. */
export function heldMessagesContract({ expect }: TestFramework, test: StoreTest<ModerationStore>): void {
  async function held(moderation: ModerationStore): Promise<readonly string[]> {
    return (await moderation.held()).map(({ id }) => id);
  }

  test('holds messages, and has the oldest first', async (moderation) => {
    const whole = heldMessage('d', { heldAt: 10, authorId: null, author: 'guest', conversation: 'b', replyTo: 'x' });
    for (const message of [
      heldMessage('c', { heldAt: 30 }),
      heldMessage('\u{1f600}', { heldAt: 20 }),
      heldMessage('\ufffd', { heldAt: 20 }),
      heldMessage('b', { heldAt: 20 }),
      whole,
    ])
      await moderation.hold(message);
    expect(await held(moderation)).toEqual(['d', 'b', '\ufffd', '\u{1f600}', 'c']);
    expect((await moderation.held())[0]).toEqual(whole);
  });

  test('holds a message once, as it was first', async (moderation) => {
    await moderation.hold(heldMessage('a'));
    await moderation.hold(heldMessage('a', { text: 'other' }));
    expect(await moderation.held()).toEqual([heldMessage('a')]);
    await moderation.claimHeld('a', 'x', 5_000);
    await moderation.hold(heldMessage('a'));
    expect(await moderation.held()).toEqual([]);
  });

  test('lets one moderator have a message, also again', async (moderation) => {
    await moderation.hold(heldMessage('a'));
    await moderation.hold(heldMessage('b'));
    expect(await moderation.claimHeld('a', 'x', 5_000)).toEqual(heldMessage('a'));
    expect(await held(moderation)).toEqual(['b']);
    expect(await moderation.claimHeld('a', 'y', 5_000)).toEqual(undefined);
    expect(await moderation.claimHeld('a', 'x', 6_000)).toEqual(heldMessage('a'));
    expect(await moderation.claimHeld('c', 'x', 5_000)).toEqual(undefined);
  });

  test('lets one moderator have a message when many want it at once', async (moderation) => {
    await moderation.hold(heldMessage('a'));
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, n) => moderation.claimHeld('a', `decision ${n}`, 5_000)),
    );
    expect(claims.filter((claim) => claim !== undefined)).toEqual([heldMessage('a')]);
  });

  test('has 1,000 held messages at most', async (moderation) => {
    const ids = Array.from({ length: 1_002 }, (_, n) => `${n}`.padStart(4, '0'));
    await forAll(ids, (id) => moderation.hold(heldMessage(id)));
    expect(await held(moderation)).toEqual(ids.slice(0, 1_000));
  });

  test('deletes held messages a day after they were claimed', async (moderation) => {
    for (const id of ['a', 'b', 'c', 'd']) await moderation.hold(heldMessage(id));
    for (const id of ['a', 'b', 'c']) await moderation.claimHeld(id, 'x', 2_000);
    // The first claim counts.
    await moderation.claimHeld('a', 'x', 9_000);
    const expire = (now: number) => moderation.expire(now + STAYS_MS, 10);
    expect(await expire(1_999)).toEqual(true);
    expect(await moderation.claimHeld('b', 'x', 2_000)).toEqual(heldMessage('b'));
    expect(await expire(2_000)).toEqual(true);
    for (const id of ['a', 'b', 'c']) expect(await moderation.claimHeld(id, 'x', 2_000)).toEqual(undefined);
    expect(await expire(9_000_000)).toEqual(true);
    expect(await held(moderation)).toEqual(['d']);
  });
}
