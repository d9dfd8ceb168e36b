// The chat that `signalbox serve` ships, on several servers.
import { describe, expect, test } from 'vitest';
import { createChatHub } from '../../src/hubs/chat.ts';
import { type ChatUser, enterChatAs, receivedEvents } from '../support/chat.ts';
import { eventually } from '../support/inbox.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { userOfQuery } from './node-hub.ts';
import { KINDS, newBackplane } from './nodes.ts';

type Options = NonNullable<Parameters<typeof startServer>[1]>;

describe.each(KINDS)('a chat on two servers over %s', (kind) => {
  async function startTwo(options: Options = {}): Promise<readonly [TestServer, TestServer]> {
    const all = { backplane: await newBackplane(kind), ...options };
    return [await startServer({ '/chat': createChatHub() }, all), await startServer({ '/chat': createChatHub() }, all)];
  }

  const heard = ({ received }: ChatUser, event: string, text: string) =>
    received.first(([name, ...args]) => name === event && args.includes(text));

  test('tells everybody who comes and goes, who is renamed and who types, and what is said', async () => {
    const [one, other] = await startTwo();
    const ann = await enterChatAs('ann', one.url('/chat'));
    const bob = await enterChatAs('bob', other.url('/chat'));
    const near = await enterChatAs('near', one.url('/chat'));
    await heard(ann, 'UserRenamed', 'bob');
    await ann.client.invoke('SendMessage', 'hello');
    await heard(bob, 'ReceiveMessage', 'hello');
    await bob.client.invoke('SendMessage', 'and to you');
    await heard(ann, 'ReceiveMessage', 'and to you');
    await bob.client.invoke('SetTyping', true);
    await heard(near, 'UserTyping', 'bob');
    await near.client.stop();
    await heard(bob, 'UserLeft', 'near');
    await bob.client.stop();
    await heard(ann, 'UserLeft', 'bob');
    expect(receivedEvents(ann, 'ReceiveMessage').map(([, user, text]) => [user, text])).toEqual([
      ['ann', 'hello'],
      ['bob', 'and to you'],
    ]);
    expect(receivedEvents(ann, 'UserLeft')).toEqual([
      ['UserLeft', 'near'],
      ['UserLeft', 'bob'],
    ]);
    expect(receivedEvents(bob, 'ReceiveMessage')).toEqual(receivedEvents(ann, 'ReceiveMessage'));
  });

  test('holds what a user may send for all servers together, and for each connection', async () => {
    // Nothing comes back within the test.
    const calls = { perSecond: 0.000_1, burst: 40 };
    const options = {
      authenticate: userOfQuery,
      hubOptions: { rates: { calls, perUserFactor: 1.5, patience: 10_000 } },
    };
    const [one, other] = await startTwo(options);
    const [here, there] = [
      await enterChatAs('here', one.url('/chat?user=ann')),
      await enterChatAs('there', other.url('/chat?user=ann')),
    ];
    const bob = await enterChatAs('bob', other.url('/chat?user=bob'));
    const taken = async ({ client }: ChatUser): Promise<number> => {
      for (let count = 0; ; ) {
        try {
          await client.invoke('GetStats');
          count += 1;
        } catch (error) {
          const [, waitMs] = /retry after (\d+) ms/.exec(String(error)) ?? [];
          // A short time: the server is asking for more of what the user has left.
          if (Number(waitMs) > 1_000_000) return count;
        }
      }
    };
    // Each has named itself. A connection may send 40, and all connections of the user 60: a server that has taken
    // tokens for several calls keeps them for its own.
    const [ofHere, ofThere] = [await taken(here), await taken(there)];
    expect(ofHere).toBe(39);
    expect(ofThere).toBeGreaterThanOrEqual(9);
    expect(ofThere).toBeLessThanOrEqual(19);
    expect(await taken(bob)).toBe(39);
  });

  test('forgets nobody and keeps nobody when one of the servers closes', async () => {
    const [one, other] = await startTwo();
    const ann = await enterChatAs('ann', one.url('/chat'));
    await enterChatAs('bob', other.url('/chat'));
    await heard(ann, 'UserRenamed', 'bob');
    await other.server.close({ drainMs: 0 });
    await heard(ann, 'UserLeft', 'bob');
    await eventually(() => one.server.cluster?.link.directory.size === 0);
    await ann.client.invoke('SendMessage', 'alone');
    await heard(ann, 'ReceiveMessage', 'alone');
  });
});
