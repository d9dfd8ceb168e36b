import { describe, expect, test } from 'vitest';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import { Beacons } from '../../src/backplane/link/beacons.ts';
import { Publisher } from '../../src/backplane/link/publisher.ts';
import { SentChannels } from '../../src/backplane/link/sent-channels.ts';
import { SentLogs } from '../../src/backplane/link/sent-logs.ts';
import { Envelopes } from '../../src/backplane/wire/envelope.ts';
import { type Beacon, readBeacon } from '../../src/backplane/wire/items.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';

const EVERY_MS = 1_000;

class Sending {
  readonly clock = new SimulatedClock();
  readonly wheel = new TimerWheel(this.clock, new CollectedLog());
  readonly sent = new SentChannels();
  readonly sentLogs = new SentLogs();
  /** Items of each envelope. */
  readonly published: { readonly channel: string; readonly items: readonly unknown[] }[] = [];
  readonly publisher = new Publisher({
    envelopes: new Envelopes('boot', undefined),
    sent: this.sent,
    nextTurn: () => {},
    publish: async (messages) => {
      for (const { channel, bytes } of messages) {
        const envelope = new Envelopes('reader', undefined).read(channel, bytes);
        if (typeof envelope !== 'string') this.published.push({ channel, items: envelope.items });
      }
    },
    failed: () => {},
  });
  readonly beacons = new Beacons({
    nodeId: 'node',
    everyMs: EVERY_MS,
    alarms: this.wheel,
    publisher: this.publisher,
    sent: this.sent,
    sentLogs: this.sentLogs,
  });

  constructor() {
    this.publisher.isOpen = true;
    // The wheel turns only while an alarm is set.
    this.wheel.alarm(() => {}).set(3_600_000);
  }

  /** What was announced, and by how many envelopes. */
  announced(): readonly Beacon[] {
    const control = this.published.filter(({ channel }) => channel === 'ctl');
    return control.map(({ items }) => readBeacon(items[0] as readonly unknown[]) as Beacon);
  }
}

describe('the beacons of a node', () => {
  test('tell what was sent before them, and follow it', () => {
    const { beacons, published, publisher, announced } = spread(new Sending());
    publisher.add('g', [1], 1);
    beacons.send();
    expect(published.map(({ channel }) => channel)).toEqual(['g', 'ctl']);
    expect(announced()).toEqual([
      { nodeId: 'node', sent: { latest: 1, unknownUpTo: 0, channels: [['g', 1]] }, logs: [] },
    ]);
  });

  test('have several parts when they name more than 5,000 channels, and only the last one tells the latest number', () => {
    const { beacons, sent, announced } = spread(new Sending());
    for (let number = 1; number <= 10_001; number++) sent.next(`g${number}`);
    beacons.send();
    expect(announced().map((beacon) => [beacon.sent.channels.length, beacon.sent.latest])).toEqual([
      [5_000, undefined],
      [5_000, undefined],
      [1, 10_001],
    ]);
  });

  test('tell twice how far logs have gone, in several parts if need be', () => {
    const { beacons, sentLogs, announced } = spread(new Sending());
    const top = { epoch: 'e', last: 7, removals: 1 };
    for (let number = 1; number <= 5_001; number++) sentLogs.changed(`log ${number}`, top);
    beacons.send();
    expect(announced().map(({ logs, sent }) => [logs.length, logs[0], sent.latest])).toEqual([
      [5_000, { log: 'log 1', ...top }, undefined],
      [1, { log: 'log 5001', ...top }, 0],
    ]);
    sentLogs.changed('log 1', { ...top, last: 8 });
    beacons.send();
    beacons.send();
    beacons.send();
    expect(announced().map(({ logs }) => logs.length)).toEqual([5_000, 1, 5_000, 1, 1, 0]);
    expect(announced()[4]?.logs).toEqual([{ log: 'log 1', ...top, last: 8 }]);
    expect(sentLogs.size).toBe(0);
  });

  test('forget channels of which nothing was sent for sixty of them', () => {
    const { beacons, sent } = spread(new Sending());
    sent.next('g');
    sent.next('h');
    for (let beacon = 0; beacon < 60; beacon++) beacons.send();
    expect(sent.size).toBe(3);
    sent.next('h');
    beacons.send();
    expect(sent.since(0).channels.map(([channel]) => channel)).toEqual(['h', 'ctl']);
  });

  test('show within four intervals that a node is deaf, and how long they take', () => {
    const { beacons, clock } = spread(new Sending());
    expect(beacons.heardItself()).toBe(false);
    beacons.listen();
    beacons.send();
    clock.increment(70);
    expect(beacons.heardItself()).toBe(true);
    expect(beacons.lagMs).toBe(70);
    clock.increment(3 * EVERY_MS);
    expect(beacons.trouble).toBeUndefined();
    clock.increment(200);
    expect(beacons.trouble?.problem).toBe('unreachable');
    beacons.heardItself();
    expect(beacons.trouble).toBeUndefined();
    beacons.stop();
    clock.increment(10 * EVERY_MS);
    expect(beacons.trouble).toBeUndefined();
  });

  test('are not missed because the process was stopped', () => {
    const { beacons, clock } = spread(new Sending());
    beacons.listen();
    clock.increment(EVERY_MS);
    clock.block(60_000);
    clock.increment(100);
    expect(beacons.trouble).toBeUndefined();
    clock.increment(4 * EVERY_MS);
    expect(beacons.trouble?.problem).toBe('unreachable');
  });
});

function spread(sending: Sending) {
  const { beacons, clock, published, publisher, sent, sentLogs } = sending;
  return { beacons, clock, published, publisher, sent, sentLogs, announced: () => sending.announced() };
}
