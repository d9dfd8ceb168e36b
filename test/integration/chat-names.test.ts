import { describe, expect, test } from 'vitest';
import { createChatHub } from '../../src/hubs/chat.ts';
import { type Chatter, enterChat, enterChatAs, heard } from '../support/chat.ts';
import { eventually } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';

const GUEST = /^guest-\d{4}$/;

interface Listed {
  readonly user: string;
  readonly connectedAt: string;
}

const startChat = () => startServer({ '/hubs/chat': createChatHub() });
const names = async ({ client }: Chatter): Promise<readonly string[]> =>
  (await client.invoke<Listed[]>('GetUsers')).map(({ user }) => user);

describe('who is in the chat', () => {
  test('whoever comes is a guest with a number, and the others are told', async () => {
    const { url } = await startChat();
    const ada = await enterChat(url('/hubs/chat'));
    const bob = await enterChat(url('/hubs/chat'));
    const [adasName, bobsName] = (await names(ada)) as [string, string];
    expect(adasName).toMatch(GUEST);
    expect(bobsName).toMatch(GUEST);
    expect(bobsName).not.toBe(adasName);
    await ada.told.until(1);
    expect(ada.told.all).toEqual([['UserJoined', bobsName]]);
    expect(bob.told.all).toEqual([]);
  });

  test('GetUsers lists everybody with the moment of their arrival', async () => {
    const before = Date.now();
    const { url } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    await enterChatAs('Bob', url('/hubs/chat'));
    const users = await ada.client.invoke<Listed[]>('GetUsers');
    expect(users.map(({ user }) => user)).toEqual(['Ada', 'Bob']);
    for (const { connectedAt } of users) {
      expect(new Date(connectedAt).toISOString()).toBe(connectedAt);
      expect(Date.parse(connectedAt)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(connectedAt)).toBeLessThanOrEqual(Date.now());
    }
  });

  test('who leaves is no longer listed, the others are told, and the name is free', async () => {
    const { url, server } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    const bob = await enterChatAs('Bob', url('/hubs/chat'));
    await bob.client.stop();
    await ada.told.first(([event]) => event === 'UserLeft');
    expect(heard(ada, 'UserLeft')).toEqual([['UserLeft', 'Bob']]);
    expect(await names(ada)).toEqual(['Ada']);
    await eventually(() => server.supervisor.size === 1);
    const eve = await enterChatAs('bob', url('/hubs/chat'));
    expect(await names(eve)).toEqual(['Ada', 'bob']);
  });

  test('GetStats tells a client of itself', async () => {
    const { url } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    await enterChatAs('Bob', url('/hubs/chat'));
    const { connectionId } = ada.client;
    expect(await ada.client.invoke('GetStats')).toEqual({ connectionId, username: 'Ada', messageCount: 0 });
    await ada.client.invoke('SendMessage', 'one');
    await ada.client.invoke('Whisper', 'Bob', 'two');
    await expect(ada.client.invoke('Whisper', 'Nobody', 'three')).rejects.toThrow('There is no user Nobody.');
    expect(await ada.client.invoke('GetStats')).toEqual({ connectionId, username: 'Ada', messageCount: 2 });
  });
});

describe('SetUsername', () => {
  test('tells the others the old name and the new one', async () => {
    const { url } = await startChat();
    const ada = await enterChat(url('/hubs/chat'));
    const bob = await enterChat(url('/hubs/chat'));
    const [before] = await names(bob);
    expect(await ada.client.invoke('SetUsername', 'Ada')).toBeNull();
    await bob.told.first(([event]) => event === 'UserRenamed');
    expect(heard(bob, 'UserRenamed')).toEqual([['UserRenamed', before, 'Ada']]);
    expect(heard(ada, 'UserRenamed')).toEqual([]);
    expect((await names(bob))[0]).not.toBe(before);
  });

  test('refuses a name that somebody else has, whatever its case, and changes nothing', async () => {
    const { url } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    const bob = await enterChatAs('Bob', url('/hubs/chat'));
    for (const name of ['Ada', 'ADA', 'ada', '  ada  ', 'Ａｄａ']) {
      await expect(bob.client.invoke('SetUsername', name), name).rejects.toThrow(
        `An unexpected error occurred invoking 'SetUsername' on the server. HubException: The name ${name.trim()} is taken.`,
      );
    }
    expect(new Set(await names(ada))).toEqual(new Set(['Ada', 'Bob']));
    await bob.client.invoke('SendMessage', 'end');
    await ada.told.first(([event]) => event === 'ReceiveMessage');
    expect(heard(ada, 'UserRenamed').filter(([, from]) => from === 'Bob')).toEqual([]);
  });

  test("one's own name can change its case, and to be renamed to the same is no news", async () => {
    const { url } = await startChat();
    const ada = await enterChatAs('ada', url('/hubs/chat'));
    const bob = await enterChatAs('Bob', url('/hubs/chat'));
    await ada.client.invoke('SetUsername', 'ADA');
    await ada.client.invoke('SetUsername', 'ADA');
    await ada.client.invoke('SendMessage', 'end');
    await bob.told.first(([event]) => event === 'ReceiveMessage');
    expect(heard(bob, 'UserRenamed')).toEqual([['UserRenamed', 'ada', 'ADA']]);
    expect(new Set(await names(bob))).toEqual(new Set(['ADA', 'Bob']));
  });

  test('frees the name that it replaces', async () => {
    const { url } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    const bob = await enterChatAs('Bob', url('/hubs/chat'));
    await ada.client.invoke('SetUsername', 'Lovelace');
    await bob.client.invoke('SetUsername', 'Ada');
    expect(new Set(await names(ada))).toEqual(new Set(['Lovelace', 'Ada']));
  });

  test.each([
    ['1 character', 'A', true],
    ['40 characters', 'A'.repeat(40), true],
    ['nothing', '', false],
    ['blanks only', '   ', false],
    ['41 characters', 'A'.repeat(41), false],
    ['a number', 7, false],
  ])('a name of %s: accepted is what has 1 to 40 characters', async (_what, name, isFine) => {
    const { url } = await startChat();
    const ada = await enterChat(url('/hubs/chat'));
    if (isFine) {
      await ada.client.invoke('SetUsername', name);
      expect(await names(ada)).toEqual([name]);
      return;
    }
    await expect(ada.client.invoke('SetUsername', name)).rejects.toThrow(
      "Failed to invoke 'SetUsername' due to an error on the server.",
    );
    expect((await names(ada))[0]).toMatch(GUEST);
  });

  test('of two clients that want one name at the same moment, one gets it', async () => {
    const { url } = await startChat();
    const chatters = await Promise.all([1, 2, 3, 4].map(() => enterChat(url('/hubs/chat'))));
    const outcomes = await Promise.allSettled(chatters.map(({ client }) => client.invoke('SetUsername', 'Ada')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const listed = await names(chatters[0] as Chatter);
    expect(listed.filter((name) => name === 'Ada')).toHaveLength(1);
    expect(listed).toHaveLength(4);
  });
});
