// What all browser tests of a run share: one browser, and the page, built from its sources, so that no older build is
// tested.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { buildPage } from '../../scripts/build-page.ts';
import { CHROMIUM, hasChromium } from './chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the built page. */
    readonly page: string;
    /** Where the browser can be reached. */
    readonly browser: string;
  }
}

/** Builds and starts it. @returns what ends and removes it after the last test. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!hasChromium) return async () => {};
  const page = mkdtempSync(join(tmpdir(), 'signalbox-page-'));
  buildPage(page);
  const browser = await chromium.launchServer({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  project.provide('page', page);
  project.provide('browser', browser.wsEndpoint());
  return async () => {
    await browser.close();
    rmSync(page, { recursive: true, force: true });
  };
}
