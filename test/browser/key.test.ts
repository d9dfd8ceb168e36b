// The page of a server that lets nobody in without a key.
import { describe, expect, test } from 'vitest';
import { bearerTokenOf } from '../../src/auth/credential.ts';
import { UnauthorizedError } from '../../src/auth/index.ts';
import type { Authenticator } from '../../src/index.ts';
import { hasChromium } from './chromium.ts';
import { DESKTOP } from './tab.ts';
import { visit } from './visit.ts';

const KEY = 'sb_vk_for-tests+/=';

const authenticate: Authenticator = (request) => {
  if (bearerTokenOf(request) !== KEY) throw new UnauthorizedError('no');
  return { id: 'ann', roles: [] };
};

describe.runIf(hasChromium)('the page of a server that wants a key', () => {
  const visited = visit(authenticate);

  test('takes it from the address, where nobody sees it any more, also with two panes', async () => {
    const tab = await visited.open(undefined, DESKTOP, `?panes=2&plain=1#key=${encodeURIComponent(KEY)}`);
    await tab.pane().state('connected');
    await tab.pane(2).state('connected');
    expect(visited.site.protocols).toEqual(['json', 'plain']);
    expect(await tab.page.evaluate('location.href')).toMatch(/\/\?panes=2&plain=1$/);
    const stored = await tab.page.evaluate(
      'JSON.stringify([localStorage, sessionStorage, document.cookie, history.state])',
    );
    expect(stored).not.toContain('sb_vk');
  });

  test('says that it wants one, and connects when it is added to the address', async () => {
    const tab = await visited.open(undefined, DESKTOP, `?panes=2&plain=1#key=${encodeURIComponent(KEY)}`);
    // A reload needs the key again.
    await tab.page.reload();
    for (const pane of [tab.pane(1), tab.pane(2)]) {
      await pane.state('refused');
      await pane.root.getByText('This server wants a key that it knows.').waitFor();
    }
    // The browser itself reports the answer.
    expect(tab.problems.splice(0).filter((line) => !/\b401\b/.test(line))).toEqual([]);
    await tab.page.goto(`${visited.site.url}?panes=2&plain=1#key=${encodeURIComponent(KEY)}`);
    await Promise.all([tab.pane(1).connected(), tab.pane(2).connected()]);
    expect(await tab.page.evaluate('location.hash')).toBe('');
  });
});
