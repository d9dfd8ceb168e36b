import { expect, test } from 'vitest';
import { SentLogs } from '../../src/backplane/link/sent-logs.ts';

const top = (last: number, removals = 0) => ({ epoch: 'e', last, removals });

test('logs that a node has changed are named by two beacons, as they are now', () => {
  const sent = new SentLogs();
  sent.changed('a', top(1));
  expect(sent.announce()).toEqual([{ log: 'a', ...top(1) }]);
  sent.changed('b', top(5));
  expect(sent.announce()).toEqual([
    { log: 'a', ...top(1) },
    { log: 'b', ...top(5) },
  ]);
  sent.changed('b', top(5, 1));
  expect([sent.announce(), sent.announce(), sent.announce()]).toEqual([
    [{ log: 'b', ...top(5, 1) }],
    [{ log: 'b', ...top(5, 1) }],
    [],
  ]);
  expect(sent.size).toBe(0);
});
