import { backplaneLeasesContract } from './backplane-leases-contract.ts';
import { backplaneMessagesContract } from './backplane-messages-contract.ts';
import { BackplaneObserver } from './backplane-observer.ts';
import { type BackplanePlace, backplaneProblemOf, backplaneTest, bytesOf } from './backplane-test.ts';
import { backplaneTokensContract } from './backplane-tokens-contract.ts';
import type { TestFramework } from './test-framework.ts';

/**
 * Declares the tests that every backplane has to pass.
 *
 * @param placeOf Makes a place that nobody has used.
 */
export function backplaneContract(framework: TestFramework, placeOf: () => BackplanePlace): void {
  const { expect } = framework;
  const test = backplaneTest(framework, placeOf);
  const message = [{ channel: 'x', bytes: bytesOf('1') }];
  const lease = { nodeId: 'a', bootId: 'a1', ms: 600_000 };

  test('opens in a later turn, and answers only then', async (place) => {
    const [backplane, observer] = [place.make(), new BackplaneObserver()];
    backplane.open(observer);
    expect(observer.seen).toEqual([]);
    expect(await backplaneProblemOf(backplane.publish(message))).toEqual('closed');
    await observer.until('opened', 1);
    expect(await backplaneProblemOf(backplane.publish(message))).toEqual('none');
  });

  test('connects anew when asked, and knows no subscription then', async (place) => {
    const [node, other] = [await place.node(), await place.node()];
    await node.backplane.subscribe(['x', 'y']);
    node.backplane.reconnect();
    await node.observer.until('opened', 2);
    expect(node.observer.seen.map(({ type }) => type)).toEqual(['opened', 'lost', 'opened']);
    expect(node.observer.losses.map(({ problem }) => problem)).toEqual(['unreachable']);
    await node.backplane.subscribe(['y']);
    await other.backplane.publish([...message, { channel: 'y', bytes: bytesOf('2') }]);
    await node.observer.until('message', 1);
    expect(node.observer.texts).toEqual(['y 2']);
    expect(other.observer.losses).toEqual([]);
  });

  test('connects anew once, however often it is asked', async (place) => {
    const { backplane, observer } = await place.node();
    backplane.reconnect();
    backplane.reconnect();
    await observer.until('lost', 1);
    backplane.reconnect();
    await observer.until('opened', 2);
    await place.tick();
    expect(observer.seen.map(({ type }) => type)).toEqual(['opened', 'lost', 'opened']);
  });

  test('answers nothing once it is closed', async (place) => {
    const { backplane } = await place.node();
    await backplane.close();
    const rate = { perSecond: 1, burst: 1 };
    const calls = [
      backplane.publish(message),
      backplane.subscribe(['x']),
      backplane.renewLease(lease),
      backplane.releaseLease(lease),
      backplane.takeTurn('x', 1_000),
      backplane.takeTokens('x', rate, 1),
    ];
    expect(await Promise.all(calls.map(backplaneProblemOf))).toEqual(calls.map(() => 'closed'));
    backplane.unsubscribe(['x']);
    backplane.reconnect();
  });

  test('brings nothing once it is closed', async (place) => {
    const [closing, other] = [await place.node(), await place.node()];
    for (const { backplane } of [closing, other]) await backplane.subscribe(['x']);
    const published = other.backplane.publish(message);
    const closed = closing.backplane.close();
    const before = closing.observer.seen.length;
    await Promise.all([published, closed, other.observer.until('message', 1)]);
    await other.backplane.publish(message);
    await other.observer.until('message', 2);
    await place.tick();
    expect(closing.observer.seen.length).toEqual(before);
  });

  test('settles every call when it is closed', async (place) => {
    const { backplane } = await place.node();
    const calls = [backplane.publish(message), backplane.subscribe(['x']), backplane.renewLease(lease)];
    await backplane.close();
    const problems = await Promise.all(calls.map(backplaneProblemOf));
    expect(problems.every((problem) => ['none', 'closed'].includes(problem))).toEqual(true);
  });

  test('may be closed before it has opened, twice, and while it connects anew', async (place) => {
    const [backplane, observer] = [place.make(), new BackplaneObserver()];
    backplane.open(observer);
    await backplane.close();
    await Promise.all([backplane.close(), backplane.close()]);
    expect(observer.seen).toEqual([]);
    const node = await place.node();
    node.backplane.reconnect();
    await node.backplane.close();
    await place.tick();
    expect(node.observer.seen.map(({ type }) => type)).toEqual(['opened']);
  });

  test('may be closed without having been opened', async (place) => {
    await place.make().close();
  });

  backplaneMessagesContract(framework, placeOf);
  backplaneLeasesContract(framework, placeOf);
  backplaneTokensContract(framework, placeOf);
}
