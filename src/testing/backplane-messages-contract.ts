import { type BackplanePlace, backplaneTest, bytesOf } from './backplane-test.ts';
import type { TestFramework } from './test-framework.ts';

/** Declares the tests of what a backplane carries. */
export function backplaneMessagesContract(framework: TestFramework, placeOf: () => BackplanePlace): void {
  const { expect } = framework;
  const test = backplaneTest(framework, placeOf);

  test('carries messages to the subscribers of their channel, and to nobody else', async (place) => {
    const [a, b, c] = [await place.node(), await place.node(), await place.node()];
    await a.backplane.subscribe(['x', 'end']);
    await b.backplane.subscribe(['y', 'end']);
    await c.backplane.subscribe(['x', 'y', 'end']);
    await a.backplane.publish([
      { channel: 'x', bytes: bytesOf('1') },
      { channel: 'y', bytes: bytesOf('2') },
      { channel: 'z', bytes: bytesOf('3') },
      { channel: 'end', bytes: bytesOf('') },
    ]);
    await Promise.all([a.observer.until('message', 2), b.observer.until('message', 2), c.observer.until('message', 3)]);
    expect([a, b, c].map(({ observer }) => observer.texts)).toEqual([
      ['x 1', 'end '],
      ['y 2', 'end '],
      ['x 1', 'y 2', 'end '],
    ]);
  });

  test('keeps the order of what one node publishes over all channels, and delivers it once', async (place) => {
    const [sender, receiver] = [await place.node(), await place.node()];
    const channels = Array.from({ length: 10 }, (_, n) => `channel ${n}`);
    await receiver.backplane.subscribe([...channels, ...channels]);
    await receiver.backplane.subscribe(channels);
    await sender.backplane.subscribe(channels);
    const texts = Array.from({ length: 1_000 }, (_, n) => `${channels[(n * 7) % 10]} ${n}`);
    const messages = texts.map((text, n) => ({ channel: text.replace(/ \d+$/, ''), bytes: bytesOf(`${n}`) }));
    const ends = [0, 1, 101, 101, 400, 1_000];
    await Promise.all(ends.slice(1).map((end, n) => sender.backplane.publish(messages.slice(ends[n], end))));
    await Promise.all([receiver, sender].map(({ observer }) => observer.until('message', 1_000)));
    await place.tick();
    for (const { observer } of [receiver, sender]) expect(observer.texts).toEqual(texts);
  });

  test('carries any bytes, whatever the sender does with them later', async (place) => {
    const { backplane, observer } = await place.node();
    await backplane.subscribe(['bytes']);
    const all = Uint8Array.from({ length: 1_024 }, (_, n) => n % 256);
    const mine = all.subarray(1, 1_000);
    const expected = Uint8Array.from(mine);
    const published = backplane.publish([
      { channel: 'bytes', bytes: mine },
      { channel: 'bytes', bytes: new Uint8Array() },
    ]);
    await published;
    all.fill(0);
    await observer.until('message', 2);
    const got = observer.seen.flatMap((event) => (event.type === 'message' ? [Uint8Array.from(event.bytes)] : []));
    expect(got).toEqual([expected, new Uint8Array()]);
  });

  test('carries large messages between small ones', async (place) => {
    const { backplane, observer } = await place.node();
    await backplane.subscribe(['x']);
    const sizes = [1, 1024 * 1024, 2, 3 * 1024 * 1024, 3];
    await backplane.publish(sizes.map((size) => ({ channel: 'x', bytes: new Uint8Array(size).fill(size % 251) })));
    await observer.until('message', sizes.length);
    const got = observer.seen.flatMap((event) => (event.type === 'message' ? [event.bytes] : []));
    expect(got.map(({ length }) => length)).toEqual(sizes);
    expect(got.every((bytes) => bytes.every((byte) => byte === bytes.length % 251))).toEqual(true);
  });

  test('subscribes to thousands of channels, before it says so', async (place) => {
    const [sender, receiver] = [await place.node(), await place.node()];
    const channels = Array.from({ length: 2_000 }, (_, n) => `room:${n}`);
    await receiver.backplane.subscribe(channels);
    await sender.backplane.publish(channels.map((channel) => ({ channel, bytes: bytesOf('!') })));
    await receiver.observer.until('message', channels.length);
    expect(receiver.observer.texts).toEqual(channels.map((channel) => `${channel} !`));
  });

  test('carries names of any script, and of any length', async (place) => {
    const { backplane, observer } = await place.node();
    const channels = ['', ' ', 'größe:日本:😀', '*', 'h?llo[a-z]', 'a\r\nb', '\0', 'x'.repeat(10_000)];
    await backplane.subscribe(channels);
    await backplane.publish(channels.map((channel) => ({ channel, bytes: bytesOf('!') })));
    await observer.until('message', channels.length);
    expect(observer.texts).toEqual(channels.map((channel) => `${channel} !`));
  });

  test('ends subscriptions, and no others', async (place) => {
    const [a, b] = [await place.node(), await place.node()];
    for (const { backplane } of [a, b]) await backplane.subscribe(['x', 'y']);
    a.backplane.unsubscribe(['x', 'never']);
    a.backplane.unsubscribe([]);
    // Subscriptions and their ends keep their order.
    await a.backplane.subscribe(['end']);
    await b.backplane.publish(['x', 'y', 'end'].map((channel) => ({ channel, bytes: bytesOf('1') })));
    await Promise.all([a, b].map(({ observer }) => observer.until('message', 2)));
    expect(a.observer.texts).toEqual(['y 1', 'end 1']);
    expect(b.observer.texts).toEqual(['x 1', 'y 1']);
    await a.backplane.subscribe(['x']);
    await b.backplane.publish([{ channel: 'x', bytes: bytesOf('2') }]);
    await a.observer.until('message', 3);
    expect(a.observer.texts.at(-1)).toEqual('x 2');
  });

  test('does nothing for no messages and no channels', async (place) => {
    const { backplane, observer } = await place.node();
    await Promise.all([backplane.publish([]), backplane.subscribe([])]);
    backplane.unsubscribe([]);
    await backplane.subscribe(['x']);
    await backplane.publish([{ channel: 'x', bytes: bytesOf('1') }]);
    await observer.until('message', 1);
    expect(observer.texts).toEqual(['x 1']);
  });

  test('brings nothing within a call', async (place) => {
    const { backplane, observer } = await place.node();
    const subscribed = backplane.subscribe(['x']);
    await subscribed;
    const published = backplane.publish([{ channel: 'x', bytes: bytesOf('1') }]);
    expect(observer.seen.length, 'after publish').toEqual(1);
    await published;
    await observer.until('message', 1);
    backplane.reconnect();
    expect(observer.seen.length, 'after reconnect').toEqual(2);
  });
}
