// The documents, as a visitor of the chat page gets to them. For screenshots: PAGE_SCREENSHOTS=directory npx vitest run
// test/browser/documents
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import { leastContrast } from './contrast.ts';
import { DESKTOP, PHONE } from './tab.ts';
import { visit } from './visit.ts';

const SIZES = { desktop: DESKTOP, phone: PHONE };
const shots = process.env.PAGE_SCREENSHOTS;

/** Number of pixels by which the content exceeds the right edge. */
const OVERFLOW = 'document.documentElement.scrollWidth - innerWidth';

/** Links outside of the text that are too small for a touch screen. */
const SMALL_TARGETS = `[...document.querySelectorAll('header a, .contents a')]
  .map((target) => ({ text: target.textContent.trim(), box: target.getBoundingClientRect() }))
  .filter(({ box }) => box.height < 44)
  .map(({ text, box }) => text + ' ' + box.width + 'x' + box.height)`;

/** Images that the browser could not show. */
const BROKEN_IMAGES =
  '[...document.images].filter((image) => image.complete && image.naturalWidth === 0).map((image) => image.src)';

async function shoot(page: Page, name: string): Promise<void> {
  if (shots === undefined) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `documents-${name}.png`) });
}

describe.runIf(hasChromium)('the documents', () => {
  const visitors = visit();

  for (const size of ['desktop', 'phone'] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`${size}, ${colorScheme}: the tutorial is one click away, fits, and can be read`, async () => {
        const { page } = await visitors.open(undefined, { ...SIZES[size], colorScheme });
        await page.getByRole('link', { name: 'Docs' }).click();
        await page.getByRole('heading', { level: 1, name: 'Tutorial' }).waitFor();
        // A heading can be there before the style sheets are.
        await page.waitForLoadState('load');
        await shoot(page, `${size}-${colorScheme}`);
        expect(new URL(page.url()).pathname).toBe('/docs/tutorial.html');
        expect(await page.evaluate(OVERFLOW)).toBe(0);
        expect(await page.evaluate(SMALL_TARGETS)).toEqual([]);
        expect(await page.evaluate(leastContrast('p, a, code, th, td, h1, h2'))).toBeGreaterThan(4.5);
      });
    }
  }

  test('links lead from document to document, to a heading, and back to the chat', async () => {
    const tab = await visitors.open();
    const { page } = tab;
    await page.getByRole('link', { name: 'Docs' }).click();
    await page.getByRole('main').getByRole('link', { name: 'hubs.md' }).click();
    await page.getByRole('heading', { level: 1, name: 'Hubs' }).waitFor();
    await page.getByRole('navigation', { name: 'On this page' }).getByRole('link', { name: 'Groups' }).click();
    expect(new URL(page.url()).hash).toBe('#groups');
    await page.getByRole('link', { name: 'All documents' }).click();
    await page.getByRole('heading', { level: 1, name: 'signalbox' }).waitFor();
    await page
      .getByRole('main')
      .getByRole('link', { name: 'docs/decisions/', exact: true })
      .waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'docs/options.md' }).click();
    await page.getByRole('link', { name: 'decision 17' }).click();
    await page.getByRole('heading', { level: 1, name: /^17\. / }).waitFor();
    await page.getByRole('link', { name: 'Chat' }).click();
    await tab.pane().connected();
  });

  test('every page fits a phone, and shows its images', async () => {
    const tab = await visitors.open(undefined, PHONE);
    const { page } = tab;
    const start = new URL('docs/', visitors.site.url).href;
    const seen = new Set([start]);
    for (const address of seen) {
      const answer = await page.goto(address);
      const seenOnIt = { status: answer?.status(), overflow: await page.evaluate(OVERFLOW) };
      expect({ address, ...seenOnIt }).toEqual({ address, status: 200, overflow: 0 });
      expect(await page.evaluate(BROKEN_IMAGES)).toEqual([]);
      const links = await page.evaluate<string[]>("[...document.links].map((link) => link.href.replace(/#.*/, ''))");
      for (const link of links) if (link.startsWith(start)) seen.add(link);
    }
    expect(seen.size).toBeGreaterThan(30);
    await page.goto(visitors.site.url);
    await tab.pane().connected();
  }, 60_000);
});
