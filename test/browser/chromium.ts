// The browser for the tests: Debian's Chromium, or the one at CHROMIUM_PATH.
import { existsSync } from 'node:fs';

/** Its path. */
export const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/**
 * Whether the browser exists. In CI, where it must exist, its absence is a failure; elsewhere the tests are skipped.
 */
export const hasChromium = existsSync(CHROMIUM);

if (!hasChromium) {
  const missing = `NO CHROMIUM at ${CHROMIUM}: the page is NOT tested. Install it (apt-get install chromium) or set CHROMIUM_PATH.`;
  if (process.env.CI === 'true') throw new Error(missing);
  console.error(`\n${'!'.repeat(missing.length)}\n${missing}\n${'!'.repeat(missing.length)}\n`);
}
