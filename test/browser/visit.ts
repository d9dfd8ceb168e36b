// Setup of browser tests: a site and tabs. Nothing is left when a test ends.
import type { BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Authenticator } from '../../src/index.ts';
import { eventually } from '../support/inbox.ts';
import { browser } from './browser.ts';
import { Site } from './site.ts';
import { DESKTOP, Tab } from './tab.ts';

export interface Visit {
  readonly site: Site;
  /** Opens a tab at `/`, with a query if one is given, and renames its user if a name is given. */
  open(name?: string, options?: BrowserContextOptions, query?: string): Promise<Tab>;
}

/** Registers the hooks of a test file. In every test the console stays empty and no request leaves the site. */
export function visit(authenticate?: Authenticator): Visit {
  const tabs: Tab[] = [];
  let site: Site;
  beforeAll(async () => {
    [site] = await Promise.all([Site.open(authenticate), browser()]);
  });
  afterAll(() => site.crash());
  afterEach(async () => {
    const open = tabs.splice(0);
    await Promise.all(open.map((tab) => tab.close()));
    // Before that the next test could not use the same names.
    await eventually(() => site.connections.length === 0);
    expect(open.flatMap(({ problems }) => problems)).toEqual([]);
  });
  return {
    get site() {
      return site;
    },
    async open(name, options = DESKTOP, query = '') {
      const tab = await Tab.open(await browser(), site.url + query, options);
      tabs.push(tab);
      if (name === undefined) return tab;
      await tab.pane().rename(name);
      await tab.pane().named(name);
      return tab;
    },
  };
}
