// A browser tab with the page, and the actions of a user.
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2,
};

/** Console messages of the browser about a server that cannot be reached. No other message is allowed. */
const OUTAGE = /net::ERR_CONNECTION_(REFUSED|RESET|CLOSED)|net::ERR_EMPTY_RESPONSE|WebSocket connection to .* failed/;

/**
 * Adds up the layout shifts, also those soon after an input, because that time depends on the speed of the machine. A
 * new message moves the older ones, and a longer text its composer; all other parts must stay in place. The script
 * belongs to the test, so no policy of the page forbids it.
 */
const WATCH_SHIFTS = `
  globalThis.shifted = 0;
  const isOfTheTalk = ({ node }) => (node instanceof Element ? node : node?.parentElement)?.closest('.talk') != null;
  new PerformanceObserver((list) => {
    for (const { sources, value } of list.getEntries()) if (!sources.every(isOfTheTalk)) globalThis.shifted += value;
  }).observe({ type: 'layout-shift', buffered: true });
`;

export class Tab {
  readonly page: Page;
  readonly problems: string[] = [];

  private constructor(page: Page, url: string) {
    this.page = page;
    const { host } = new URL(url);
    page.on('console', (line) => {
      const outage = OUTAGE.test(line.text());
      if (!outage && ['error', 'warning'].includes(line.type())) this.problems.push(line.text());
    });
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('dialog', (dialog) => this.problems.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => this.#foreign(request.url(), host));
    page.on('websocket', (socket) => this.#foreign(socket.url(), host));
  }

  /** Opens a tab with its own storage, like another user's browser. */
  static async open(browser: Browser, url: string, options: BrowserContextOptions = DESKTOP): Promise<Tab> {
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    context.setDefaultTimeout(10_000);
    await context.addInitScript({ content: WATCH_SHIFTS });
    const tab = new Tab(await context.newPage(), url);
    await tab.page.goto(url);
    await tab.pane().connected();
    return tab;
  }

  pane(number = 1): Pane {
    return new Pane(this.page.getByRole('region', { name: `Chat ${number}`, exact: true }));
  }

  /** Name of the focused element, as a screen reader reads it. */
  focused(): Promise<string> {
    return this.page.evaluate(`(() => {
      const focused = document.activeElement;
      return focused?.getAttribute('aria-label') ?? focused?.textContent.trim() ?? '';
    })()`);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  #foreign(address: string, host: string): void {
    const url = new URL(address);
    if (url.host !== host && url.protocol !== 'data:') this.problems.push(`a request to ${address}`);
  }
}

export class Pane {
  readonly root: Locator;

  constructor(root: Locator) {
    this.root = root;
  }

  part(name: string): Locator {
    return this.root.locator(`[data-part="${name}"]`);
  }

  /** Waits for a connection state: 'connected', or 'reconnecting in' with its seconds. */
  async state(text: string | RegExp): Promise<void> {
    await this.part('status-text').filter({ hasText: text }).waitFor();
  }

  async connected(): Promise<void> {
    await this.state(/^connected$/);
    await this.part('my-name').and(this.root.locator(':enabled')).waitFor();
  }

  get input(): Locator {
    return this.root.getByRole('textbox', { name: 'Message' });
  }

  async name(): Promise<string> {
    return (await this.part('my-name-text').textContent()) ?? '';
  }

  async rename(name: string): Promise<void> {
    await this.part('my-name').click();
    await this.part('name-input').fill(name);
    await this.part('name-input').press('Enter');
  }

  async named(name: string): Promise<void> {
    await this.part('my-name-text')
      .filter({ hasText: exactly(name) })
      .waitFor();
  }

  async say(text: string): Promise<void> {
    await this.input.fill(text);
    await this.input.press('Enter');
  }

  /** The message with this whole text. */
  message(text: string): Locator {
    return this.root
      .locator('.message')
      .filter({ has: this.root.page().locator('.words', { hasText: exactly(text) }) });
  }

  note(text: string): Locator {
    return this.root.locator('.note').filter({ hasText: exactly(text) });
  }

  /** Notes of the page itself in the message log. */
  notes(): Promise<string[]> {
    return this.root.locator('.note').allTextContents();
  }

  toast(text: string | RegExp): Locator {
    return this.root.getByRole('alert').getByText(text);
  }

  /** The shown users, from top to bottom. */
  people(): Promise<string[]> {
    return this.part('people-list').locator('.name').allTextContents();
  }
}

export function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`, 'u');
}
