import { expect, test } from 'vitest';
import { resolveHubOptions } from '../../src/hub/hub-options.ts';

const RATE = { perSecond: 10 };

test('nothing is limited by default', () => {
  expect(resolveHubOptions('/a').rates).toBeUndefined();
  expect(resolveHubOptions('/a', { rates: { patience: 5 } }).rates).toBeUndefined();
});

test('each rate is that of the hub, else that of the server', () => {
  const server = { rates: { calls: RATE, whisper: RATE, patience: 7 } };
  const { rates } = resolveHubOptions('/a', server, { rates: { calls: { perSecond: 1, burst: 2 } } });
  expect(rates).toEqual({
    calls: { perSecond: 1, burst: 2 },
    bytes: undefined,
    broadcast: undefined,
    whisper: { perSecond: 10, burst: 10 },
    patience: 7,
    perUserFactor: 1,
  });
});

test('the default of a burst lets the longest record pass', () => {
  const rates = { calls: { perSecond: 0.1 }, bytes: { perSecond: 100 } };
  expect(resolveHubOptions('/a', { rates }).rates).toMatchObject({
    calls: { perSecond: 0.1, burst: 1 },
    bytes: { perSecond: 100, burst: 32_768 },
  });
});
