import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BACKLOG_BYTES, type Backlog, Backlogs } from '../../src/connection/mailbox/backlogs.ts';
import type { CloseReason } from '../../src/protocol/close.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { property } from '../support/property.ts';

const LIMIT = 1_000;

/** A holder of a backlog: a list of weights, and bytes. */
class Holder {
  readonly connectionId: string;
  readonly backlog: Backlog;
  readonly weights: number[] = [];
  unread = 0;
  reason: CloseReason | undefined;

  constructor(name: string, backlogs: Backlogs) {
    this.connectionId = name;
    this.backlog = backlogs.open(this);
  }

  get bytes(): number {
    return this.reason === undefined ? this.weights.reduce((sum, weight) => sum + weight, this.unread) : 0;
  }

  overflowed(reason: CloseReason): void {
    expect(this.reason).toBeUndefined();
    this.reason = reason;
    // Removes everything that it has added, as a connection does.
    for (const weight of this.weights) this.backlog.remove(weight);
    this.backlog.unread = 0;
  }
}

const steps = fc.array(
  fc.record({
    who: fc.nat(5),
    does: fc.constantFrom('waits', 'waits', 'goes', 'arrives', 'leaves'),
    bytes: fc.nat(400),
  }),
  { maxLength: 80, size: 'max' },
);

describe('the backlogs of a server', () => {
  property(
    'are as large as what waits, whatever comes and goes, and nothing when all is gone',
    [steps],
    { runs: 300, sometimes: ['one is ended', 'what waits is removed'] },
    (todo, reached) => {
      const log = new CollectedLog();
      const backlogs = new Backlogs(LIMIT, log);
      const holders = Array.from({ length: 6 }, (_, n) => new Holder(`c${n}`, backlogs));
      const total = () => holders.reduce((sum, { bytes }) => sum + bytes, 0);
      for (const { who, does, bytes } of todo) {
        const one = holders[who] as Holder;
        if (one.reason !== undefined && does !== 'leaves') continue;
        if (does === 'waits') one.backlog.add(one.weights[one.weights.push(bytes) - 1] as number);
        else if (does === 'goes') {
          reached('what waits is removed', (one.weights[0] ?? 0) > 0);
          one.backlog.remove(one.weights.shift() ?? 0);
        } else if (does === 'arrives') one.backlog.unread = one.unread = bytes;
        else {
          for (const weight of one.weights.splice(0)) one.backlog.remove(weight);
          one.backlog.unread = one.unread = 0;
          holders[who] = new Holder(`${one.connectionId}'`, backlogs);
        }
        expect(backlogs.bytes).toBe(total());
        const before = holders.map((holder) => [holder, holder.bytes] as const);
        const most = Math.max(...before.map(([, held]) => held));
        backlogs.enforce();
        const ended = before.filter(([holder, held]) => held > 0 && holder.reason !== undefined);
        reached('one is ended', ended.length > 0);
        // One step adds less than half of the limit, so ending one holder suffices: the greediest.
        if (ended.length > 0) expect(ended.map(([, held]) => held)).toEqual([most]);
        expect(backlogs.bytes).toBe(total());
        expect(backlogs.bytes).toBeLessThanOrEqual(LIMIT);
        expect(backlogs.size).toBe(holders.filter((holder) => holder.bytes > 0).length);
      }
      for (const holder of holders) {
        for (const weight of holder.weights.splice(0)) holder.backlog.remove(weight);
        holder.backlog.unread = 0;
      }
      expect([backlogs.bytes, backlogs.size]).toEqual([0, 0]);
    },
  );

  test('end those who hold most, one line each, until the rest holds', () => {
    const log = new CollectedLog();
    const backlogs = new Backlogs(LIMIT, log);
    const holders = [300, 700, 200, 600].map((bytes, n) => {
      const holder = new Holder(`c${n}`, backlogs);
      holder.backlog.unread = holder.unread = bytes;
      return holder;
    });
    (holders[0] as Holder).backlog.enforce();
    expect(holders.map(({ reason }) => reason?.name)).toEqual([undefined, 'overflow', undefined, 'overflow']);
    expect(log.lines).toHaveLength(2);
    expect(log.lines[0]).toMatchObject({ level: 'warn', text: expect.stringContaining('maximumWaitingBytes') });
    expect(backlogs.bytes).toBe(500);
  });

  test('are full by what waits in messages, not by bytes that are not read', () => {
    const backlogs = new Backlogs(LIMIT, new CollectedLog());
    const { backlog } = new Holder('c', backlogs);
    backlog.unread = 2 * BACKLOG_BYTES;
    expect(backlog.isFull).toBe(false);
    backlog.add(BACKLOG_BYTES);
    expect(backlog.isFull).toBe(true);
  });
});
