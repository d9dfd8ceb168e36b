import { beforeEach, describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import { PHONE, type Tab } from './tab.ts';
import { visit } from './visit.ts';

describe.runIf(hasChromium)('the connection of the page', () => {
  const visitors = visit();
  let ann: Tab;
  let bob: Tab;
  beforeEach(async () => {
    [ann, bob] = await Promise.all([visitors.open('ann'), visitors.open('bob', PHONE)]);
  });

  /** Expects that both users are back with their names, and get each other's messages. */
  async function reunited(text: string): Promise<void> {
    await Promise.all([ann.pane().connected(), bob.pane().connected()]);
    await expect.poll(() => ann.pane().people()).toEqual(['ann', 'bob']);
    await expect.poll(() => bob.pane().people()).toEqual(['bob', 'ann']);
    await ann.pane().say(text);
    await bob.pane().message(text).waitFor();
  }

  test('survives a restart of the server, with names', async () => {
    await ann.pane().say('before');
    await bob.pane().message('before').waitFor();
    await visitors.site.drain();
    await ann.pane().state(/^reconnecting in \d+ s$/);
    await visitors.site.start();
    await reunited('after');
    await bob.pane().note('Back on the line. What was said in between is not shown.').waitFor();
    expect(await bob.pane().message('before').count(), 'what was there stays').toBe(1);
  });

  test('survives a crash; what was being written stays; neither "Try now" nor the network coming back wait', async () => {
    await visitors.site.crash();
    await bob.pane().state(/^reconnecting/);
    await bob.pane().say('are you there?');
    await bob.pane().toast('Not connected: your text stays here.').waitFor();
    expect(await bob.pane().input.inputValue()).toBe('are you there?');
    await bob.pane().rename('bobby');
    await bob.pane().toast('Not connected: your name stays as it is.').waitFor();
    await bob.page.keyboard.press('Escape');

    // The waits become longer: the third takes seconds.
    await bob.pane().state(/^reconnecting in [3-9] s$/);
    await visitors.site.start();
    await bob.pane().root.getByRole('button', { name: 'Try now' }).click();
    await bob.pane().connected();
    expect(await bob.pane().part('notice').isVisible()).toBe(false);
    expect(await bob.focused(), 'the focus stays in the pane').toBe('Messages');
    await ann.page.evaluate("window.dispatchEvent(new Event('online'))");
    await reunited('here I am');
  });

  test('a line that breaks for a moment: nobody is said to have left, and nothing is lost', async () => {
    const state = async () => ({
      connections: visitors.site.connections,
      notes: await Promise.all([ann, bob].map((tab) => tab.pane().notes())),
    });
    const bothSay = async (one: string, other: string) => {
      await Promise.all([ann.pane().say(one), bob.pane().say(other)]);
      for (const tab of [ann, bob]) {
        for (const text of [one, other]) {
          await tab.pane().message(text).waitFor();
          expect(await tab.pane().message(text).count()).toBe(1);
        }
      }
    };
    await expect.poll(() => ann.pane().people()).toEqual(['ann', 'bob']);
    // Behind these messages no note about the beginning is on its way.
    await bothSay('nothing', 'happened');
    const before = await state();
    visitors.site.cut();
    await bothSay('one', 'two');
    expect(await state()).toEqual(before);
  });

  test('the server may end it for good: then the user decides', async () => {
    visitors.site.abortAll();
    await Promise.all([ann.pane().state('disconnected'), bob.pane().state('disconnected')]);
    await ann.page.evaluate("window.dispatchEvent(new Event('online'))");
    await ann.pane().root.getByText('The server ended this connection.').waitFor();
    await ann.pane().root.getByRole('button', { name: 'Connect' }).click();
    await bob.pane().root.getByRole('button', { name: 'Connect' }).click();
    await reunited('again');
  });

  test('a name that somebody took in the meantime comes back when it is free', async () => {
    const eve = await visitors.open();
    await visitors.site.drain();
    // Until then its page shows that it is connected, to a server that has gone.
    await eve.pane().state('reconnecting');
    await bob.page.route('**/hubs/chat/negotiate*', (route) => route.abort('connectionrefused'));
    await visitors.site.start();
    await eve.pane().connected();
    await eve.pane().rename('bob');
    await eve.pane().named('bob');
    await bob.page.unroute('**/hubs/chat/negotiate*');
    await bob
      .pane()
      .toast(/^The name bob is taken\. You are guest-\d{4} until it is free\.$/)
      .waitFor();
    await eve.close();
    await bob.pane().named('bob');
    await reunited('himself again');
  });

  test('a list of users and a change after it, in one frame, are taken in their order', async () => {
    let holds = (): void => {};
    const held = new Promise<void>((resolve) => {
      holds = resolve;
    });
    await bob.page.routeWebSocket(/\/hubs\/chat/, (client) => {
      const server = client.connectToServer();
      let list = '';
      server.onMessage((frame) => {
        const text = String(frame);
        if (text.includes('connectedAt')) {
          list = text;
          holds();
        } else {
          client.send(list + text);
          list = '';
        }
      });
    });
    await bob.page.reload();
    await held;
    await ann.pane().rename('ann the second');
    await expect.poll(() => bob.pane().people()).toEqual(['bob', 'ann the second']);
  });

  test('a first connection that fails is tried again', async () => {
    await bob.page.route('**/hubs/chat/negotiate*', (route) => route.abort('connectionrefused'));
    await bob.page.reload();
    await bob.pane().state(/^reconnecting in/);
    await bob.page.unroute('**/hubs/chat/negotiate*');
    await reunited('at last');
  });
});
