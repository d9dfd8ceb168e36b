// Measurable properties of the page's appearance. For screenshots: PAGE_SCREENSHOTS=directory npx vitest run
// test/browser/looks
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import { leastContrast } from './contrast.ts';
import { DESKTOP, PHONE, type Tab } from './tab.ts';
import { visit } from './visit.ts';

const SIZES = { desktop: DESKTOP, phone: PHONE };
const TOUCH_PX = 44;

/** Visible controls that are too small for a touch screen. */
const SMALL_TARGETS = `[...document.querySelectorAll('a, button, input, textarea')]
  .filter((target) => target.checkVisibility({ visibilityProperty: true }))
  .map((target) => ({ target, box: target.getBoundingClientRect() }))
  .filter(({ box }) => box.width < ${TOUCH_PX} || box.height < ${TOUCH_PX})
  .map(({ target, box }) => (target.getAttribute('aria-label') ?? target.textContent) + ' ' + box.width + 'x' + box.height)`;

/** Number of pixels by which the content exceeds the right edge. */
const OVERFLOW = 'document.documentElement.scrollWidth - innerWidth';

/** Brightness of the page, from 0 to 255. */
const BRIGHTNESS = `(() => {
  const context = new OffscreenCanvas(1, 1).getContext('2d');
  context.fillStyle = getComputedStyle(document.querySelector('.pane')).backgroundColor;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return (red + green + blue) / 3;
})()`;

describe.runIf(hasChromium)('the looks of the page', () => {
  const visitors = visit();
  let shots: string;
  const kept = process.env.PAGE_SCREENSHOTS;

  beforeAll(() => {
    shots = kept ?? mkdtempSync(join(tmpdir(), 'signalbox-shots-'));
    mkdirSync(shots, { recursive: true });
  });
  afterAll(() => {
    if (kept === undefined) rmSync(shots, { recursive: true });
  });

  /** Opens a chat with several messages, as the user `grace` sees it. */
  async function scene(size: keyof typeof SIZES, colorScheme: 'light' | 'dark', query = ''): Promise<Tab> {
    const ada = await visitors.open('Ada');
    const grace = await visitors.open('Grace Hopper', { ...SIZES[size], colorScheme }, query);
    await ada.pane().note('Grace Hopper joined').waitFor();
    for (const [tab, text] of [
      [ada, 'Good morning! Is the down line clear?'],
      [grace, 'Clear all the way to the junction.'],
      [
        grace,
        'The 7:42 has just passed, four minutes late. Nothing unusual for a Monday, and the next one is on time.',
      ],
      [ada, '/w "Grace Hopper" Between us: who was in the box last night?'],
      [grace, '/w Ada I was. The kettle is to blame.'],
      [ada, 'Fine. Setting the road for the express then.'],
    ] as const) {
      await tab.pane().say(text);
      await tab
        .pane()
        .message(text.replace(/^\/w (Ada|".*") /, ''))
        .waitFor();
    }
    await ada.pane().input.pressSequentially('It is');
    await grace.pane().root.getByText('Ada is typing').waitFor();
    return grace;
  }

  for (const size of ['desktop', 'phone'] as const) {
    for (const scheme of ['light', 'dark'] as const) {
      test(`${size}, ${scheme}: fits, can be touched, does not jump`, async () => {
        const grace = await scene(size, scheme);
        await grace.page.screenshot({ path: join(shots, `${size}-${scheme}.png`), animations: 'disabled' });
        expect(await grace.page.evaluate(OVERFLOW)).toBe(0);
        expect(await grace.page.evaluate(SMALL_TARGETS)).toEqual([]);
        expect(await grace.page.evaluate('shifted')).toBeLessThan(0.01);
        const brightness = await grace.page.evaluate<number>(BRIGHTNESS);
        expect(scheme === 'light' ? brightness > 200 : brightness < 60).toBe(true);

        if (size === 'phone') await grace.pane().part('people-toggle').tap();
        await grace.pane().root.getByRole('button', { name: 'Ada whisper' }).waitFor();
        await grace.page.screenshot({ path: join(shots, `${size}-${scheme}-people.png`), animations: 'disabled' });
        expect(await grace.page.evaluate(SMALL_TARGETS)).toEqual([]);
      });
    }
  }

  for (const size of ['desktop', 'phone'] as const) {
    test(`${size}: two panes fit, and the plain one can be told, in both schemes`, async () => {
      const grace = await scene(size, 'light', '?panes=2&plain=1');
      const plain = grace.pane(2);
      await plain.connected();
      await plain.rename('Margaret Hamilton');
      await plain.named('Margaret Hamilton');
      for (const colorScheme of ['light', 'dark'] as const) {
        await grace.page.emulateMedia({ colorScheme });
        await plain.root.scrollIntoViewIfNeeded();
        await grace.page.screenshot({
          path: join(shots, `${size}-${colorScheme}-two-panes.png`),
          animations: 'disabled',
        });
        expect(await grace.page.evaluate(leastContrast('.client'))).toBeGreaterThan(4.5);
      }
      expect(await grace.page.evaluate(OVERFLOW)).toBe(0);
      expect(await grace.page.evaluate(SMALL_TARGETS)).toEqual([]);
      expect(await grace.page.evaluate('shifted')).toBeLessThan(0.01);
      const [one, two] = [await grace.pane(1).root.boundingBox(), await plain.root.boundingBox()];
      const beside = size === 'desktop';
      expect((beside ? two?.x : two?.y) ?? 0).toBeGreaterThan((beside ? one?.x : one?.y) ?? 0);
      expect(Math.abs((one?.width ?? 0) - (two?.width ?? 0)), 'none is smaller').toBeLessThan(2);
      expect(two?.height).toBeGreaterThan(300);
    });
  }

  test('whoever asks for rest sees nothing move', async () => {
    const tab = await visitors.open(undefined, { ...DESKTOP, reducedMotion: 'reduce' });
    await visitors.site.drain();
    await tab.pane().state(/^reconnecting/);
    expect(await tab.page.evaluate('document.getAnimations().length')).toBe(0);
    await visitors.site.start();
    await tab.pane().connected();
    await tab.pane().say('still');
    await tab.pane().message('still').waitFor();
    expect(await tab.page.evaluate('document.getAnimations().length')).toBe(0);
  });
});
