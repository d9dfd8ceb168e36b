import { describe, expect, test } from 'vitest';
import { hasChromium } from './chromium.ts';
import { PHONE } from './tab.ts';
import { visit } from './visit.ts';

interface Scroller {
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
  onscrollend: () => void;
}

/** Number of pixels below the visible part. */
const belowView = ({ scrollHeight, scrollTop, clientHeight }: Scroller) => scrollHeight - scrollTop - clientHeight;

const scrollToTop = (scroller: Scroller) =>
  new Promise<void>((resolve) => {
    scroller.onscrollend = resolve;
    scroller.scrollTop = 0;
  });

describe.runIf(hasChromium)('the page', () => {
  const { open } = visit();

  test('two tabs chat, see each other type, and see each other leave', async () => {
    const [ann, bob] = [await open('ann'), await open('bob')];
    await ann.pane().note('bob joined').waitFor();
    await expect.poll(() => ann.pane().people()).toEqual(['ann', 'bob']);
    await expect.poll(() => bob.pane().people()).toEqual(['bob', 'ann']);

    await ann.pane().input.pressSequentially('hel');
    await bob.pane().root.getByText('ann is typing').waitFor();
    await ann.pane().say('hello');
    await bob.pane().message('hello').getByText('ann', { exact: true }).waitFor();
    expect(await ann.pane().message('hello').getAttribute('class')).toContain('own');
    expect(await bob.pane().message('hello').getAttribute('class')).not.toContain('own');
    await bob.pane().root.getByText('ann is typing').waitFor({ state: 'detached' });
    expect(await bob.pane().message('hello').locator('time').textContent()).toMatch(/^\d\d:\d\d$/);

    await ann.pane().rename('Ann Lee');
    await bob.pane().note('ann is now Ann Lee').waitFor();
    await ann.close();
    await bob.pane().note('Ann Lee left').waitFor();
    expect(await bob.pane().people()).toEqual(['bob']);
  });

  test('a whisper reaches one, by the list, by command and by reply; Esc ends it', async () => {
    const [ann, bob, eve] = [await open('Ann Lee'), await open('bob'), await open('eve')];
    await bob.pane().root.getByRole('button', { name: 'Ann Lee whisper' }).click();
    await bob.pane().root.getByText('Whisper to Ann Lee', { exact: true }).waitFor();
    await bob.pane().say('psst');
    const whisper = ann.pane().message('psst');
    await whisper.getByText('whispers to you').waitFor();
    await bob.pane().message('psst').getByText('whisper to Ann Lee').waitFor();

    await whisper.getByRole('button', { name: 'Reply to bob in a whisper' }).click();
    await ann.pane().say('yes?');
    await bob.pane().message('yes?').waitFor();
    await bob.pane().input.press('Escape');
    expect(await bob.pane().part('whisper-bar').isVisible()).toBe(false);
    await bob.pane().say('/w ann lee of many words');
    await ann.pane().message('of many words').waitFor();
    await bob.pane().say('to everybody');
    await eve.pane().message('to everybody').waitFor();
    expect(await eve.pane().root.locator('.message').count()).toBe(1);

    await bob.pane().say('/w nobody hello');
    await bob.pane().toast('There is no user nobody.').waitFor();
    expect(await bob.pane().input.inputValue(), 'the text is not lost').toBe('/w nobody hello');
  });

  test('a taken name is refused with the reason, and Esc keeps the old one', async () => {
    const [ann] = [await open('ann'), await open('bob')];
    await ann.pane().rename('BOB');
    await ann.pane().toast('The name BOB is taken.').waitFor();
    expect(await ann.focused()).toBe('Your name');
    await ann.page.keyboard.press('Escape');
    expect(await ann.pane().name()).toBe('ann');
    await ann.page.reload();
    await ann.pane().named('ann');
  });

  test('what people write is text, never markup', async () => {
    const markup = '<img src=x onerror=alert(1)>';
    const [ann, bob] = [await open(markup), await open('bob')];
    await ann.pane().say(`${markup}<script>alert(2)</script>`);
    await bob.pane().message(`${markup}<script>alert(2)</script>`).getByText(markup, { exact: true }).waitFor();
    expect(await bob.page.locator('.panes img, .panes script').count()).toBe(0);
  });

  test('limits: a counter near them, and nothing past them is sent', async () => {
    const ann = await open('ann');
    const pane = ann.pane();
    await pane.input.fill('x'.repeat(1_600));
    expect(await pane.part('text-counter').textContent()).toBe('');
    await pane.say('x'.repeat(2_001));
    expect(await pane.part('text-counter').textContent()).toBe('2001 / 2000');
    expect(await pane.input.getAttribute('aria-invalid')).toBe('true');
    expect(await pane.input.inputValue()).toHaveLength(2_001);
    await pane.say('x'.repeat(2_000));
    await pane.message('x'.repeat(2_000)).waitFor();
    await pane.rename('n'.repeat(41));
    expect(await pane.part('name-counter').textContent()).toBe('41 / 40');
    expect(await pane.part('name-input').getAttribute('aria-invalid')).toBe('true');
    await pane.part('name-input').fill('👍'.repeat(40));
    expect(await pane.part('name-counter').textContent()).toBe('40 / 40');
    await pane.part('name-input').press('Enter');
    await pane.named('👍'.repeat(40));
  });

  test('messages stay at the end, unless the reader has scrolled up', async () => {
    const [ann, bob] = [await open('ann'), await open('bob', PHONE)];
    for (let line = 1; line <= 30; line++) await ann.pane().say(`line ${line}`);
    const log = bob.pane().root.getByRole('log');
    await bob.pane().message('line 30').waitFor();
    await expect.poll(() => log.evaluate(belowView)).toBeLessThan(2);

    await log.evaluate(scrollToTop);
    await ann.pane().say('one more');
    await ann.pane().say('and one');
    await bob.pane().root.getByRole('button', { name: '2 new messages' }).click();
    await bob.pane().message('and one').waitFor();
    expect(await bob.pane().part('jump').isVisible()).toBe(false);
    await expect.poll(() => log.evaluate(belowView)).toBeLessThan(2);
  });

  test('two panes are two people; closing one leaves the other alone', async () => {
    const ann = await open('ann');
    await ann.page.getByRole('link', { name: 'Two panes' }).click();
    expect(new URL(ann.page.url()).search).toBe('?panes=2');
    await ann.pane(2).connected();
    await ann.pane(2).rename('bea');
    await ann.pane(1).note('bea joined').waitFor();
    await ann.pane(2).say('hello there');
    await ann.pane(1).message('hello there').waitFor();
    await ann.page.getByRole('link', { name: 'One pane' }).click();
    await ann.pane(1).note('bea left').waitFor();
    await ann.page.goBack();
    await ann.pane(2).named('bea');
    expect(await ann.pane(1).name()).toBe('ann');
  });
});
