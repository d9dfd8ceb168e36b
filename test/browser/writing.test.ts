// Names and messages in every direction of writing, and names that are not allowed.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { hasChromium } from './chromium.ts';
import { PHONE } from './tab.ts';
import { visit } from './visit.ts';

/** Takes screenshots for people, as in looks.test.ts. */
const shots = process.env.PAGE_SCREENSHOTS;

/** Start position of each name in a line on the screen. */
const leftOfNames = (line: Locator) => line.locator('> *').evaluateAll(lefts);
const lefts = (names: { getBoundingClientRect(): { left: number } }[]) =>
  names.map((name) => name.getBoundingClientRect().left);

async function boxOf(part: Locator) {
  const box = await part.boundingBox();
  if (box === null) throw new Error('It is not on the screen.');
  return box;
}

describe.runIf(hasChromium)('the page and the directions of writing', () => {
  const visitors = visit();
  const others: RawClient[] = [];
  // Registered before the hook of the visitors, which waits until no user is connected.
  afterEach(() => {
    for (const { socket } of others.splice(0)) socket.destroy();
  });

  async function enter(name: string): Promise<RawClient> {
    const client = await RawClient.open(visitors.site.port, { path: '/hubs/chat' });
    others.push(client);
    expect((await client.invoke('SetUsername', name)).error).toBeUndefined();
    return client;
  }

  async function shoot(name: string): Promise<void> {
    if (shots === undefined) return;
    mkdirSync(shots, { recursive: true });
    await page?.screenshot({ path: join(shots, `${name}.png`), animations: 'disabled' });
  }
  let page: Awaited<ReturnType<typeof visitors.open>>['page'] | undefined;

  test('names from right to left stand where they are said, in their order', async () => {
    const zoe = await visitors.open('zoe', PHONE);
    page = zoe.page;
    for (const name of ['יוסי', 'שרה', 'דוד']) await enter(name);
    // A user counts as typing for 6 s at most.
    for (const other of others) other.send({ type: 1, target: 'SetTyping', arguments: [true] });
    const typing = zoe.pane().part('typing');
    await typing.filter({ hasText: 'more are typing' }).waitFor();
    expect(await typing.textContent()).toBe('יוסי, שרה and 1 more are typing');
    const [first, second, third] = await leftOfNames(typing);
    expect(first).toBeLessThan(second as number);
    expect(second).toBeLessThan(third as number);
    // After that no user is new: the name of a new user would be changed without an error.
    await others[0]?.invoke('SendMessage', 'hello');
    await others[0]?.invoke('SetUsername', 'יוסי 2');
    const note = zoe.pane().note('יוסי is now יוסי 2');
    await note.waitFor();
    const [from, to] = await leftOfNames(note);
    expect(from).toBeLessThan(to as number);
  });

  test('what a message contains changes nothing beside it', async () => {
    const zoe = await visitors.open('zoe', PHONE);
    page = zoe.page;
    const yossi = await enter('יוסי 1');
    const plain = 'all is well';
    for (const text of [plain, '\u202eall is well', 'all\u2067 is well', '\u0000\u001b[31mall is well', 'הכול בסדר']) {
      await yossi.invoke('SendMessage', text);
      await enter(`between ${others.length}`);
    }
    await yossi.invoke('Whisper', 'ZOE', '\u202ea whisper');
    const messages = zoe.pane().root.locator('.message');
    await expect.poll(() => messages.count()).toBe(6);
    await shoot('phone-directions');
    const times = await Promise.all(
      (await messages.locator('time').all()).map(async (time) => (await time.textContent()) ?? ''),
    );
    for (const time of times) expect(time).toMatch(/^\d\d:\d\d$/);
    for (const message of (await messages.all()).slice(0, 4)) {
      const [time, words] = [await boxOf(message.locator('time')), await boxOf(message.locator('.words'))];
      expect(time.x, 'on the right').toBeGreaterThan(words.x);
    }
    const [time, words] = [
      await boxOf(messages.nth(4).locator('time')),
      await boxOf(messages.nth(4).locator('.words')),
    ];
    expect(time.x, 'on the left of what is written from the right').toBeLessThan(words.x);
    const byline = messages.nth(5).locator('.byline');
    const [author, tag] = [await boxOf(byline.locator('.author')), await boxOf(byline.locator('.tag'))];
    expect(author.x + author.width).toBeLessThanOrEqual(tag.x + 1);
  });

  test('a name that nobody may have is refused with the reason, and the field keeps it', async () => {
    await enter('ann');
    const zoe = await visitors.open('zoe', PHONE);
    page = zoe.page;
    await zoe.pane().rename('zo\u202ee');
    await zoe
      .pane()
      .toast(/^The name contains U\+202E, which changes the direction of what is written\./)
      .waitFor();
    await shoot('phone-refused');
    expect(await zoe.focused()).toBe('Your name');
    await zoe.pane().part('name-input').fill('\u0430nn');
    await zoe.pane().part('name-input').press('Enter');
    await zoe.pane().toast('The name \u0430nn is taken.').waitFor();
    await zoe.pane().part('name-input').fill('  zoe\u3000\u3000Lee ');
    await zoe.pane().part('name-input').press('Enter');
    await zoe.pane().named('zoe Lee');
  });
});
