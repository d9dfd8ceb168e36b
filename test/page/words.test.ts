import { describe, expect, test } from 'vitest';
import { retryDelay } from '../../src/page/retry.ts';
import { looksPrivate, readWhisper } from '../../src/page/whisper.ts';
import { errorText, hueOf, initial, newMessages, refusal, room, sameName } from '../../src/page/words.ts';

describe('errors', () => {
  const taken =
    "An unexpected error occurred invoking 'SetUsername' on the server. HubException: The name HubException: x is taken.";
  const rejected = "Failed to invoke 'SendMessage' due to an error on the server.";

  test('what the hub says is shown without what SignalR puts before it', () => {
    expect(errorText(new Error(taken))).toBe('The name HubException: x is taken.');
    expect(errorText(new Error(`${rejected} HubException: No.`))).toBe('No.');
  });

  test('what a moderator says is shown to the sender', () => {
    const refused =
      "An unexpected error occurred invoking 'SendMessage' on the server. HubException: Links are not allowed here.";
    expect(errorText(new Error(refused))).toBe('Links are not allowed here.');
  });

  test('everything else in words of our own', () => {
    expect(errorText(new Error(rejected))).toBe('The server did not accept that.');
    expect(errorText(new Error('Invocation canceled due to the underlying connection being closed.'))).toBe(
      'That did not reach the server.',
    );
    expect(errorText('no error at all')).toBe('That did not reach the server.');
    expect(refusal(new Error(rejected))).toBeUndefined();
  });
});

describe('names', () => {
  test('are the same ignoring case and width', () => {
    expect(sameName('Ann', 'aNN')).toBe(true);
    expect(sameName('Ａnn', 'ann')).toBe(true);
    expect(sameName('ann', 'anne')).toBe(false);
  });

  test('have one whole character and one of eight colours', () => {
    expect([initial(' ann'), initial('👩 x'), initial('')]).toEqual(['A', '👩', '?']);
    const names = Array.from({ length: 200 }, (_, number) => `guest-${number}`);
    expect(new Set(names.map(hueOf))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]));
    expect(hueOf('Ann')).toBe(hueOf('ann'));
  });
});

test('counters', () => {
  expect([room(1_600, 2_000), room(1_601, 2_000), room(2_001, 2_000)]).toEqual(['', '1601 / 2000', '2001 / 2000']);
  expect([newMessages(1), newMessages(2)]).toEqual(['1 new message', '2 new messages']);
});

describe('/w name text', () => {
  const present = ['ann', 'Ann Lee', 'bob'];
  test.each([
    ['/w bob hello there', { to: 'bob', text: 'hello there' }],
    ['  /w   BOB   hello  ', { to: 'bob', text: 'hello' }],
    ['/w ann hello', { to: 'ann', text: 'hello' }],
    ['/w ann lee hello', { to: 'Ann Lee', text: 'hello' }],
    ['/w annabel hello', { to: 'annabel', text: 'hello' }],
    ['/w "bob the 2nd" two\nlines', { to: 'bob the 2nd', text: 'two\nlines' }],
    ['/w bob', { to: 'bob', text: '' }],
    ['/w', { to: '', text: '' }],
    ['/w "bob', { to: '"bob', text: '' }],
  ])('%j', (line, command) => {
    expect(readWhisper(line, present)).toEqual(command);
    expect(looksPrivate(line)).toBe(true);
  });

  test.each(['hello', '/who is there', 'a /w bob hello', ''])('%j is no whisper', (line) => {
    expect(readWhisper(line, present)).toBeUndefined();
    expect(looksPrivate(line)).toBe(false);
  });
});

describe('the wait before the next try', () => {
  test('doubles to 20 s and goes on for ever', () => {
    const longest = Array.from({ length: 9 }, (_, failures) => retryDelay(failures, () => 1));
    expect(longest).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000, 20_000]);
    expect(retryDelay(1_000_000, () => 1)).toBe(20_000);
  });

  test('is half chance', () => {
    expect(retryDelay(3, () => 0)).toBe(2_000);
    const delays = new Set(Array.from({ length: 50 }, () => retryDelay(6)));
    expect(delays.size).toBeGreaterThan(10);
    for (const delay of delays) expect(delay).toSatisfy((ms: number) => ms >= 10_000 && ms <= 20_000);
  });
});
