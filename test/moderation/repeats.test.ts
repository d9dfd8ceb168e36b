import { expect, test } from 'vitest';
import type { Moderated } from '../../src/hub/moderator.ts';
import { type RepeatsOptions, repeats } from '../../src/moderation/index.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { message, outcomeOf } from './asked.ts';

const REFUSED = 'You have just sent the same.';

function start(options: Partial<RepeatsOptions> = {}) {
  const clock = new SimulatedClock();
  const moderator = repeats({ withinMs: 10_000, clock, ...options });
  const says = (text: string, sender: Moderated['sender'] = { connectionId: 'c', user: null }) =>
    outcomeOf(moderator, message([text], { sender })) === REFUSED ? 'refused' : 'passes';
  return { clock, moderator, says };
}

test('a text is refused for its sender until the time is over, counted from when it was sent', () => {
  const { clock, says } = start();
  expect([says('hi'), says('hi'), says('ho'), says('ho')]).toEqual(['passes', 'refused', 'passes', 'refused']);
  clock.increment(9_999);
  expect(says('hi')).toBe('refused');
  clock.increment(1);
  expect([says('hi'), says('hi')]).toEqual(['passes', 'refused']);
});

test('case, accents, white space and what cannot be seen make no difference', () => {
  const { says } = start();
  expect(says('Buy  it now')).toBe('passes');
  for (const same of ['buy it now', ' BUY IT\tNOW ', 'b\u200buy i\u0301t now', 'ｂｕｙ it now'])
    expect(says(same)).toBe('refused');
  expect(says('buy it, now')).toBe('passes');
});

test('the sender is the user, on whichever connection, or else the connection', () => {
  const { says } = start();
  const ann = { id: 'ann', roles: [] };
  expect(says('hi', { connectionId: '1', user: ann })).toBe('passes');
  expect(says('hi', { connectionId: '2', user: ann })).toBe('refused');
  expect(says('hi', { connectionId: '2', user: null })).toBe('passes');
  expect(says('hi', { connectionId: 'ann', user: null })).toBe('passes');
  for (const _ of [1, 2]) expect(says('hi', { connectionId: undefined, user: null })).toBe('passes');
});

test('several texts of a message are one, and a message without a text may repeat', () => {
  const { moderator } = start({ methods: ['Said'] });
  const ask = (args: unknown[], method = 'Said') => outcomeOf(moderator, message(args, { method }));
  expect([ask(['a', 'b']), ask(['a', 'c']), ask(['ab']), ask(['a', 'b'])]).toEqual([
    ['a', 'b'],
    ['a', 'c'],
    ['ab'],
    REFUSED,
  ]);
  for (const _ of [1, 2]) {
    expect(ask([1])).toEqual([1]);
    expect(ask(['a', 'b'], 'Told')).toEqual(['a', 'b']);
  }
});

test('the oldest texts are forgotten when there are too many', () => {
  const { says } = start({ maximumRemembered: 3 });
  for (const text of ['1', '2', '3', '4']) expect(says(text)).toBe('passes');
  expect(['2', '3', '4'].map((text) => says(text))).toEqual(['refused', 'refused', 'refused']);
  expect(says('1')).toBe('passes');
});
