// A pane that speaks no SignalR, beside one that does.
import { describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import type { Pane, Tab } from './tab.ts';
import { visit } from './visit.ts';

describe.runIf(hasChromium)('a plain pane', () => {
  const visitors = visit();

  /** A page with the SignalR pane of ann, and the plain pane of bob. */
  async function open(): Promise<{ tab: Tab; ann: Pane; bob: Pane }> {
    const tab = await visitors.open('ann', {}, '?panes=2&plain=1');
    const [ann, bob] = [tab.pane(1), tab.pane(2)];
    await bob.connected();
    await bob.rename('bob');
    await expect.poll(() => ann.people()).toEqual(['ann', 'bob']);
    await expect.poll(() => bob.people()).toEqual(['bob', 'ann']);
    return { tab, ann, bob };
  }

  const labels = (tab: Tab) => tab.page.locator('[data-part="client"]').allTextContents();

  test('does all that the other one does, with nothing but a WebSocket, and says so', async () => {
    const { tab, ann, bob } = await open();
    expect(visitors.site.protocols).toEqual(['json', 'plain']);
    expect(await labels(tab)).toEqual(['', 'plain WebSocket']);
    for (const [from, to, name] of [
      [ann, bob, 'ann'],
      [bob, ann, 'bob'],
    ] as const) {
      await from.input.pressSequentially('hel');
      await to.root.getByText(`${name} is typing`).waitFor();
      await from.say(`hello from ${name}`);
      await to.message(`hello from ${name}`).getByText(name, { exact: true }).waitFor();
      await from.message(`hello from ${name}`).and(from.root.locator('.own')).waitFor();
      await to.root.getByText(`${name} is typing`).waitFor({ state: 'detached' });
    }

    await bob.root.getByRole('button', { name: 'ann whisper' }).click();
    await bob.say('psst');
    await bob.message('psst').getByText('whisper to ann').waitFor();
    await ann.message('psst').getByRole('button', { name: 'Reply to bob in a whisper' }).click();
    await ann.say('yes?');
    await bob.message('yes?').getByText('whispers to you').waitFor();
    await bob.say('/w nobody hello');
    await bob.toast('There is no user nobody.').waitFor();

    await bob.rename('ANN');
    await bob.toast('The name ANN is taken.').waitFor();
    await tab.page.keyboard.press('Escape');
    await bob.rename('Bob Lee');
    await ann.note('bob is now Bob Lee').waitFor();
    await tab.page.getByRole('link', { name: 'One pane' }).click();
    await ann.note('Bob Lee left').waitFor();
    expect(new URL(tab.page.url()).search).toBe('');
    await tab.page.goBack();
    await bob.named('Bob Lee');
    expect(await ann.message('psst').count(), 'the other pane stays as it was').toBe(1);
  });

  test('comes back by itself as the other one does, unless the server has ended it for good', async () => {
    const { ann, bob } = await open();
    const reunited = async (text: string) => {
      await Promise.all([ann.connected(), bob.connected()]);
      await expect.poll(() => ann.people()).toEqual(['ann', 'bob']);
      await expect.poll(() => bob.people()).toEqual(['bob', 'ann']);
      await ann.say(`${text}, bob?`);
      await bob.message(`${text}, bob?`).waitFor();
      await bob.say(`${text}, ann!`);
      await ann.message(`${text}, ann!`).waitFor();
    };
    await visitors.site.drain();
    await bob.state(/^reconnecting in \d+ s$/);
    await bob.root.getByText('The server is out of reach.').waitFor();
    await bob.say('are you there?');
    await bob.toast('Not connected: your text stays here.').waitFor();
    await visitors.site.start();
    await reunited('after a restart');
    await bob.note('Back on the line. What was said in between is not shown.').waitFor();

    // Only the plain pane needs a new connection: the other one resumes its own.
    visitors.site.cut();
    await ann.note('bob left').waitFor();
    await reunited('after a break');

    visitors.site.abortAll();
    for (const pane of [ann, bob]) {
      await pane.state('disconnected');
      await pane.root.getByRole('button', { name: 'Connect' }).click();
    }
    await reunited('after an end');
  });

  test('is the last one of those that the address wants; anything but 1 wants none', async () => {
    const plain = 'plain WebSocket';
    const tab = await visitors.open();
    for (const [query, expected] of [
      ['?plain=true', ['']],
      ['?panes=2&plain=0', ['', '']],
      ['?panes=3&plain=1', [plain]],
      ['?plain=1', [plain]],
    ] as const) {
      await tab.page.goto(visitors.site.url + query);
      await tab.pane().connected();
      expect(await labels(tab), query).toEqual(expected);
    }
    expect(visitors.site.protocols).toContain('plain');
    await tab.page.getByRole('link', { name: 'Two panes' }).click();
    await Promise.all([tab.pane(1).connected(), tab.pane(2).connected()]);
    expect(new URL(tab.page.url()).search).toBe('?panes=2&plain=1');
    expect(await labels(tab)).toEqual(['', plain]);
    await tab.page.goBack();
    await tab.pane(2).root.waitFor({ state: 'detached' });
    await tab.pane().connected();
    expect(await labels(tab)).toEqual([plain]);
  });
});
