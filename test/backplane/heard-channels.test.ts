import { describe, expect, test } from 'vitest';
import { Hearing, Sending } from './hearing.ts';

describe('the messages of another node', () => {
  test('have a gap when an envelope is missing before one that comes', () => {
    const here = new Hearing('g');
    const there = new Sending();
    there.send('g', here);
    there.send('g');
    expect(here.gaps).toEqual([]);
    there.send('g', here);
    there.send('g', here);
    expect(here.gaps).toEqual(['g of b']);
  });

  test('have a gap when nothing follows the envelope that is missing, as its second beacon shows', () => {
    const here = new Hearing('g');
    const there = new Sending();
    there.beacon(here);
    there.send('g');
    there.beacon(here);
    expect(here.gaps).toEqual([]);
    there.beacon(here);
    there.beacon(here);
    expect(here.gaps).toEqual(['g of b']);
  });

  test('are taken once', () => {
    const here = new Hearing('g');
    const envelope = { bootId: 'b', number: 3, previous: 0, items: [] };
    expect(here.heard.heard('g', envelope)).toBe(true);
    expect(here.heard.heard('g', envelope)).toBe(false);
    expect(here.heard.heard('g', { ...envelope, number: 2 })).toBe(false);
    expect(here.heard.heard('g', { ...envelope, bootId: 'another' })).toBe(true);
  });

  test('have no gap when they were sent before the subscription, whatever beacon names them', () => {
    const here = new Hearing();
    const there = new Sending();
    there.send('g');
    there.beacon(here);
    there.send('g');
    here.heard.subscribed('g');
    there.send('g', here);
    for (let beacon = 0; beacon < 4; beacon++) there.beacon(here);
    expect(here.gaps).toEqual([]);
    here.heard.unsubscribed('g');
    there.send('g');
    there.beacon(here);
    here.heard.subscribed('g');
    there.send('g', here);
    for (let beacon = 0; beacon < 4; beacon++) there.beacon(here);
    expect(here.gaps).toEqual([]);
  });

  test('have a gap when the first envelope after the subscription and the next beacon is missing', () => {
    const here = new Hearing();
    const there = new Sending();
    there.send('g');
    here.heard.subscribed('g');
    there.beacon(here);
    there.send('g');
    there.send('g', here);
    expect(here.gaps).toEqual(['g of b']);
  });

  test('have a gap when the sender has forgotten the channel, and uses it again', () => {
    const here = new Hearing('g');
    const there = new Sending();
    there.beacon(here);
    there.send('g', here);
    for (let beacon = 0; beacon < 3; beacon++) there.beacon(here);
    there.sent.forgetBefore(there.sent.latest);
    there.send('g', here);
    there.sent.forgetBefore(there.sent.latest);
    expect(here.gaps).toEqual([]);
    there.send('g');
    there.send('g', here);
    expect(here.gaps).toEqual(['g of b']);
  });
});

describe('the messages of a node that has forgotten channels before their time', () => {
  function overflown(here: Hearing, ...after: readonly (readonly Hearing[])[]): Sending {
    const there = new Sending('b', 3);
    there.beacon(here);
    there.beacon(here);
    there.send('g');
    for (const channel of ['x', 'y', 'z']) there.send(channel, here);
    for (const to of after) there.send('g', ...to);
    for (let beacon = 0; beacon < 4; beacon++) there.beacon(here);
    return there;
  }

  test('may have gaps on all channels', () => {
    const here = new Hearing('g', 'idle');
    overflown(here);
    expect(new Set(here.gaps)).toEqual(new Set(['g of b', 'idle of b']));
  });

  test('have a gap on a channel that was used again', () => {
    const here = new Hearing('g');
    overflown(here, [here]);
    expect(here.gaps).toEqual(['g of b']);
  });

  test('have a gap on a channel that was used again before the beacon that names it was compared', () => {
    const here = new Hearing('g');
    const there = new Sending('b', 3);
    there.beacon(here);
    there.send('g');
    there.send('x', here);
    there.beacon(here);
    there.send('y', here);
    there.send('g', here);
    for (let beacon = 0; beacon < 3; beacon++) there.beacon(here);
    expect(here.gaps).toEqual(['g of b']);
  });

  test('have none on a channel to which this node subscribes later', () => {
    const here = new Hearing();
    const there = overflown(here);
    here.heard.subscribed('g');
    for (let beacon = 0; beacon < 3; beacon++) there.beacon(here);
    expect(here.gaps).toEqual([]);
  });

  test('may have gaps also when its control channel was forgotten, so that no beacon seems to be missing', () => {
    const here = new Hearing('g');
    const there = new Sending('b', 2);
    there.beacon(here);
    there.send('g');
    for (const channel of ['x', 'y', 'z']) there.send(channel);
    there.beacon();
    for (const channel of ['x', 'y', 'z']) there.send(channel);
    there.beacon();
    for (const channel of ['x', 'y', 'z']) there.send(channel);
    there.beacon(here);
    expect(here.asked).toHaveLength(1);
  });
});
