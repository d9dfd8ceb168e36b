import { beforeEach, describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import type { Tab } from './tab.ts';
import { visit } from './visit.ts';

const NARROW = { viewport: { width: 420, height: 700 } };

/** Whether the focus is visible: a ring around the element, or around the field that contains it. */
const RING_SEEN = `(() => {
  const focused = document.activeElement;
  const rings = [focused, focused.closest('form, .field')].filter(Boolean).map((element) => getComputedStyle(element));
  return rings.some((style) => (style.outlineStyle !== 'none' && style.outlineWidth === '2px') || / 2px inset/.test(style.boxShadow));
})()`;

describe.runIf(hasChromium)('the page by keyboard', () => {
  const { open } = visit();
  let friend: Tab;
  beforeEach(async () => {
    friend = await open('zoe');
  });

  /** Presses Tab until `name` has the focus; every stop on the way must be visible. @returns the stops. */
  async function tabTo(tab: Tab, name: string | RegExp): Promise<string[]> {
    const stops: string[] = [];
    while (stops.length < 20) {
      await tab.page.keyboard.press('Tab');
      const stop = await tab.focused();
      expect(await tab.page.evaluate(RING_SEEN), `the focus on ${stop} is seen`).toBe(true);
      stops.push(stop);
      if (typeof name === 'string' ? stop === name : name.test(stop)) return stops;
    }
    throw new Error(`There is no way to ${name}, only ${stops.join(', ')}.`);
  }

  test('rename, write, whisper and back, without a mouse', async () => {
    const tab = await open();
    const { keyboard } = tab.page;
    expect(await tab.focused(), 'one can write at once').toBe('Message');
    await keyboard.type('hello');
    await keyboard.press('Shift+Enter');
    await keyboard.type('world');
    await keyboard.press('Enter');
    await friend.pane().message('hello\nworld').waitFor();

    expect(await tabTo(tab, 'zoe whisper')).toEqual(['Send', 'zoe whisper']);
    await keyboard.press('Enter');
    expect(await tab.focused()).toBe('Message');
    await keyboard.type('psst');
    await keyboard.press('Enter');
    await friend.pane().message('psst').getByText('whispers to you').waitFor();
    await keyboard.press('Escape');
    expect(await tab.pane().part('whisper-bar').isVisible()).toBe(false);

    for (let stop = 0; stop < 2; stop++) await keyboard.press('Shift+Tab');
    expect(await tab.focused()).toMatch(/^You are guest-\d{4}\. Change your name$/);
    await keyboard.press('Enter');
    await keyboard.type('amy');
    await keyboard.press('Enter');
    await tab.pane().named('amy');
    expect(await tab.focused()).toBe('You are amy. Change your name');
    await keyboard.press('Tab');
    expect(await tab.focused(), 'the arrow keys scroll here').toBe('Messages');
  });

  test('from the top: the tab order is that of the page', async () => {
    const tab = await open();
    await tab.page.getByRole('link', { name: 'signalbox' }).focus();
    expect(await tabTo(tab, 'zoe whisper')).toEqual([
      expect.stringMatching(/^Hub http:.*copy the address$/),
      'Docs',
      'Two panes',
      expect.stringMatching(/^You are guest-/),
      'Messages',
      'Message',
      'Send',
      'zoe whisper',
    ]);
  });

  test('in a narrow pane the list is a sheet: it opens, closes with Esc, and gives the focus back', async () => {
    const tab = await open(undefined, NARROW);
    const sheet = tab.pane().part('people');
    await expect.poll(() => tab.pane().people()).toContain('zoe');
    expect(await sheet.isVisible()).toBe(false);
    await tab.pane().root.getByRole('button', { name: 'Who is here: 2' }).press('Enter');
    await sheet.getByRole('button', { name: 'zoe whisper' }).waitFor();
    expect(await tab.focused()).toBe('Close the list');
    await tab.page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'hidden' });
    expect(await tab.focused()).toBe('Who is here: 2');

    await tab.page.keyboard.press('Enter');
    await tabTo(tab, 'zoe whisper');
    await tab.page.keyboard.press('Enter');
    await sheet.waitFor({ state: 'hidden' });
    expect(await tab.focused()).toBe('Message');
  });
});
