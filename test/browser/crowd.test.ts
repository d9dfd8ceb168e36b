// A chat with more users than one answer contains.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { hasChromium } from './chromium.ts';
import { DESKTOP, PHONE, type Tab } from './tab.ts';
import { visit } from './visit.ts';

const CROWD = 249;
/** Takes screenshots for people, as in looks.test.ts. */
const shots = process.env.PAGE_SCREENSHOTS;

const nameOf = (number: number) => `user ${String(number).padStart(3, '0')}`;

describe.runIf(hasChromium)('a page in a crowd', () => {
  const visitors = visit();
  const members: RawClient[] = [];

  // Registered before the hook of the visitors, which waits until no user is connected.
  afterEach(() => {
    for (const { socket } of members.splice(0)) socket.destroy();
  });

  async function gather(count = CROWD): Promise<void> {
    for (let n = 0; n < count; n += 50) {
      const some = Array.from({ length: Math.min(50, count - n) }, () => enter());
      members.push(...(await Promise.all(some)));
    }
    await Promise.all(members.map((member, n) => member.invoke('SetUsername', nameOf(n))));
  }

  const enter = () => RawClient.open(visitors.site.port, { path: '/hubs/chat' });

  async function shoot(tab: Tab, name: string): Promise<void> {
    if (shots === undefined) return;
    mkdirSync(shots, { recursive: true });
    await tab.page.screenshot({ path: join(shots, `${name}.png`), animations: 'disabled' });
  }

  const scrollToEnd = (tab: Tab) =>
    tab
      .pane()
      .part('people-list')
      .evaluate((list: { scrollTop: number; scrollHeight: number }) => {
        list.scrollTop = list.scrollHeight;
      });
  const count = (tab: Tab) => tab.pane().part('people-count').textContent();

  for (const [size, options] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    test(`${size}: shows the first hundred at once, the others as one scrolls, and says so`, async () => {
      await gather();
      const zoe = await visitors.open('zoe', options);
      if (size === 'phone') await zoe.pane().part('people-toggle').tap();
      await expect.poll(() => count(zoe)).toBe('100+');
      await shoot(zoe, `${size}-crowd`);
      const everybody = ['zoe', ...members.map((_, n) => nameOf(n))];
      expect(await zoe.pane().people()).toEqual(everybody.slice(0, 100));

      await scrollToEnd(zoe);
      await expect.poll(() => count(zoe)).toBe('200+');
      await shoot(zoe, `${size}-crowd-further`);
      await scrollToEnd(zoe);
      await expect.poll(() => count(zoe)).toBe('250');
      await scrollToEnd(zoe);
      await shoot(zoe, `${size}-crowd-end`);
      expect(await zoe.pane().people()).toEqual(everybody);
      expect(await zoe.pane().root.getByRole('button', { name: 'Show more' }).isVisible()).toBe(false);
    });
  }

  test('whoever comes, goes or is renamed between two pages is shown once, or not', async () => {
    await gather(150);
    const zoe = await visitors.open('zoe');
    await expect.poll(() => count(zoe)).toBe('100+');
    const [from, to, gone, unseen] = [members[10], members[110], members[20], members[120]] as RawClient[];
    await from?.invoke('SetUsername', 'user 110b');
    await to?.invoke('SetUsername', 'user 010b');
    gone?.socket.destroy();
    unseen?.socket.destroy();
    const newcomer = await enter();
    await newcomer.invoke('SetUsername', 'user 130b');
    members.push(newcomer);
    for (const note of ['user 010 is now user 110b', 'user 110 is now user 010b', 'user 020 left', 'user 120 left'])
      await zoe.pane().note(note).waitFor();
    await zoe.pane().note('user 130b joined').waitFor();
    await scrollToEnd(zoe);
    await expect.poll(() => count(zoe)).toBe('150');
    const expected = [...Array.from({ length: 150 }, (_, n) => nameOf(n)), 'user 010b', 'user 110b', 'user 130b']
      .filter((name) => !['user 010', 'user 110', 'user 020', 'user 120'].includes(name))
      .sort();
    expect(await zoe.pane().people()).toEqual(['zoe', ...expected]);
  });

  test('while there is no line nothing is asked for, and the focus stays in the pane when there is one again', async () => {
    await gather(120);
    const zoe = await visitors.open('zoe');
    await expect.poll(() => count(zoe)).toBe('100+');
    await visitors.site.drain();
    await zoe.pane().state(/^reconnecting/);
    await zoe.pane().part('people-more-button').focus();
    await zoe.page.keyboard.press('Enter');
    expect(await zoe.focused()).toBe('Show more');
    expect(await count(zoe)).toBe('100+');
    await visitors.site.start();
    await zoe.pane().connected();
    await expect.poll(() => count(zoe)).toBe('1');
    expect(await zoe.focused()).toBe('Message');
  });
});
