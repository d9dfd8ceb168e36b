// The chat that `signalbox serve` ships, on several servers.
import { describe, expect, test } from 'vitest';
import { createChatHub } from '../../src/hubs/chat.ts';
import { type ChatUser, enterChat, enterChatAs, receivedEvents } from '../support/chat.ts';
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

  const names = async ({ client }: ChatUser, range: object = {}): Promise<readonly string[]> =>
    (await client.invoke<{ readonly user: string }[]>('GetUsers', null, range)).map(({ user }) => user);

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

  test('gives each name once, whoever asks where, and says who has it now', async () => {
    const [one, other] = await startTwo();
    const ann = await enterChatAs('Alice', one.url('/chat'));
    const bob = await enterChatAs('bob', other.url('/chat'));
    // The same letters, others that look alike, and a capital I in place of a small L.
    for (const name of ['alice', '\uff21lice', '\u0410lice', 'AIice'])
      await expect(bob.client.invoke('SetUsername', name), name).rejects.toThrow(`The name ${name} is taken.`);
    expect(await names(bob)).toEqual(['Alice', 'bob']);
    await ann.client.invoke('SetUsername', 'Carol');
    await bob.client.invoke('SetUsername', 'AIice');
    expect(await names(ann)).toEqual(['AIice', 'Carol']);
    await heard(ann, 'UserRenamed', 'AIice');
    expect(receivedEvents(ann, 'UserRenamed').at(-1)).toEqual(['UserRenamed', 'bob', 'AIice']);
    expect(receivedEvents(bob, 'UserRenamed')).toEqual([['UserRenamed', 'Alice', 'Carol']]);
    expect([ann, bob].flatMap((user) => receivedEvents(user, 'UserLeft'))).toEqual([]);
  });

  test('gives a name, and one that looks like it, to one of those who want them at the same moment', async () => {
    const [one, other] = await startTwo();
    const users = await Promise.all([one, other, one, other].map((server) => enterChat(server.url('/chat'))));
    for (const pair of [
      ['ann', '\u0430nn'],
      ['Alice', 'AIice'],
      ['Eve', 'Eve'],
    ]) {
      const calls = users.map(({ client }, n) => client.invoke('SetUsername', pair[n % 2]));
      const outcomes = await Promise.allSettled(calls);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
    const listed = await Promise.all(users.map((user) => names(user)));
    expect(listed[0]).toHaveLength(4);
    for (const list of listed) expect(list).toEqual(listed[0]);
  });

  test('lists the users of all servers on pages, in the order of their names', async () => {
    const [one, other] = await startTwo();
    const everybody = ['Ann', 'bob', 'Cat', 'dan', 'Zo\u00eb', '\u00c9lan', '\u{1f600}'];
    const users = [];
    for (const [n, name] of everybody.entries())
      users.push(await enterChatAs(name, (n % 2 ? one : other).url('/chat')));
    const [reader] = users as [ChatUser];
    expect(await names(reader)).toEqual(everybody);
    expect(await names(reader, { limit: 3 })).toEqual(everybody.slice(0, 3));
    expect(await names(reader, { after: 'CAT', limit: 2 })).toEqual(['dan', 'Zo\u00eb']);
    expect(await names(reader, { after: 'cz' })).toEqual(everybody.slice(3));
    expect(await names(reader, { after: '\u{1f600}' })).toEqual([]);
  });

  test('passes a whisper on to the user of a name, or of one that looks like it, on any server', async () => {
    const [one, other] = await startTwo();
    const ann = await enterChatAs('ann', one.url('/chat'));
    const bob = await enterChatAs('Bob', other.url('/chat'));
    const eve = await enterChatAs('eve', other.url('/chat'));
    for (const [n, name] of ['Bob', 'BOB', 'B\u043eb'].entries()) await ann.client.invoke('Whisper', name, `${n}`);
    await heard(bob, 'ReceiveWhisper', '2');
    expect(receivedEvents(bob, 'ReceiveWhisper').map(([, from, text]) => [from, text])).toEqual([
      ['ann', '0'],
      ['ann', '1'],
      ['ann', '2'],
    ]);
    expect(receivedEvents(eve, 'ReceiveWhisper')).toEqual([]);
    await expect(ann.client.invoke('Whisper', 'zoe', 'psst')).rejects.toThrow('There is no user zoe.');
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
    // tokens for several calls keeps them for its own, and lets pass at most 10 calls before it has taken any.
    const [ofHere, ofThere] = [await taken(here), await taken(there)];
    expect(ofHere).toBe(39);
    expect(ofThere).toBeGreaterThanOrEqual(9);
    expect(ofThere).toBeLessThanOrEqual(29);
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
