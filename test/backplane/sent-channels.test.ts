import { describe, expect, test } from 'vitest';
import { SentChannels } from '../../src/backplane/link/sent-channels.ts';
import { Sending } from './hearing.ts';

describe('the channels that a node has sent on', () => {
  test('are named by two beacons', () => {
    const { sent } = new Sending();
    sent.next('a');
    expect(sent.announce()).toEqual({ latest: 1, unknownUpTo: 0, channels: [['a', 1]] });
    sent.next('b');
    expect(sent.announce().channels).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(sent.announce().channels).toEqual([['b', 2]]);
    expect(sent.announce()).toEqual({ latest: 2, unknownUpTo: 0, channels: [] });
  });

  test('are forgotten when they are more than the maximum, which two beacons tell', () => {
    const sent = new SentChannels(2);
    for (const channel of ['a', 'b', 'c', 'a']) sent.next(channel);
    expect(sent.size).toBe(2);
    expect(sent.next('a')).toEqual({ number: 5, previous: 4 });
    expect(sent.next('b')).toEqual({ number: 6, previous: 0 });
    expect([sent.announce(), sent.announce(), sent.announce()].map(({ unknownUpTo }) => unknownUpTo)).toEqual([
      3, 3, 0,
    ]);
    expect(sent.since(4)).toEqual({
      latest: 6,
      unknownUpTo: 3,
      channels: [
        ['a', 5],
        ['b', 6],
      ],
    });
  });

  test('are forgotten when nothing was sent for long, but not before two beacons have named them', () => {
    const sent = new SentChannels(10);
    sent.next('a');
    sent.next('b');
    sent.announce();
    sent.forgetBefore(2);
    expect(sent.size).toBe(2);
    sent.announce();
    sent.forgetBefore(2);
    expect(sent.size).toBe(1);
    expect(sent.announce().unknownUpTo).toBe(0);
    expect(sent.since(0)).toEqual({ latest: 2, unknownUpTo: 1, channels: [['b', 2]] });
  });

  test('are told to a node that has missed beacons, the latest 20,000', () => {
    const sent = new SentChannels();
    for (let number = 1; number <= 20_003; number++) sent.next(`g${number}`);
    expect(sent.since(3)).toMatchObject({ unknownUpTo: 0, channels: { length: 20_000 } });
    const { channels, unknownUpTo } = sent.since(0);
    expect(unknownUpTo).toBe(3);
    expect(channels).toHaveLength(20_000);
    expect(channels[0]).toEqual(['g4', 4]);
  });
});
