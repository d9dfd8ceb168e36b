import { describe, expect, test } from 'vitest';
import { nameFrom } from '../../src/hubs/chat/names.ts';
import { createChatHub } from '../../src/hubs/chat.ts';
import { type ChatUser, enterChat, enterChatAs, receivedEvents } from '../support/chat.ts';
import { eventually } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';

const GUEST = /^guest-\d{4}$/;

interface Listed {
  readonly user: string;
  readonly connectedAt: string;
}

const startChat = () => startServer({ '/hubs/chat': createChatHub() });
const names = async ({ client }: ChatUser): Promise<readonly string[]> =>
  (await client.invoke<Listed[]>('GetUsers')).map(({ user }) => user);
const nameOf = async ({ client }: ChatUser): Promise<string> =>
  (await client.invoke<{ username: string }>('GetStats')).username;

describe('who is in the chat', () => {
  test('whoever comes is a guest with a number, and the others are told', async () => {
    const { url } = await startChat();
    const ada = await enterChat(url('/hubs/chat'));
    const bob = await enterChat(url('/hubs/chat'));
    const [adasName, bobsName] = [await nameOf(ada), await nameOf(bob)];
    expect(new Set(await names(ada))).toEqual(new Set([adasName, bobsName]));
    expect(adasName).toMatch(GUEST);
    expect(bobsName).toMatch(GUEST);
    expect(bobsName).not.toBe(adasName);
    await ada.received.until(1);
    expect(ada.received.all).toEqual([['UserJoined', bobsName]]);
    expect(bob.received.all).toEqual([]);
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

  test('GetUsers answers at most 100 at a time, by name, from behind any name', async () => {
    const { url } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    const others = await Promise.all(Array.from({ length: 119 }, () => enterChat(url('/hubs/chat'))));
    await Promise.all(
      others.map(({ client }, n) => client.invoke('SetUsername', `user ${String(n).padStart(3, '0')}`)),
    );
    const everybody = ['Ada', ...others.map((_, n) => `user ${String(n).padStart(3, '0')}`)];
    const get = async (...args: unknown[]) =>
      (await ada.client.invoke<Listed[]>('GetUsers', ...args)).map(({ user }) => user);

    for (const args of [[], [null], ['lobby'], ['lobby', null], [null, {}], [null, { after: null, limit: null }]]) {
      expect(await get(...args)).toEqual(everybody.slice(0, 100));
    }
    expect(await get(null, { after: 'user 098' })).toEqual(everybody.slice(100));
    expect(await get(null, { after: 'USER 09', limit: 2 })).toEqual(['user 090', 'user 091']);
    expect(await get('lobby', { limit: 1 })).toEqual(['Ada']);
    expect(await get(null, { after: 'zoe' })).toEqual([]);
    await others[118]?.client.stop();
    await ada.received.first(([event]) => event === 'UserLeft');
    expect(await get(null, { after: 'user 117' })).toEqual([]);
  });

  test.each([0, 101, -1, 1.5, '5', true, {}])('GetUsers says that its limit is wrong: %j', async (limit) => {
    const { url } = await startChat();
    const ada = await enterChat(url('/hubs/chat'));
    await expect(ada.client.invoke('GetUsers', null, { limit })).rejects.toThrow(
      'HubException: limit must be a whole number from 1 to 100.',
    );
  });

  test('GetUsers knows one room, and no other options than its two', async () => {
    const { url } = await startChat();
    const ada = await enterChat(url('/hubs/chat'));
    await expect(ada.client.invoke('GetUsers', 'red')).rejects.toThrow(
      'HubException: There is no such room: everybody is in lobby.',
    );
    for (const range of [{ before: 'ann' }, { after: 7 }, { after: 'x'.repeat(1_001) }, 7]) {
      await expect(ada.client.invoke('GetUsers', null, range)).rejects.toThrow(
        new Error("Failed to invoke 'GetUsers' due to an error on the server."),
      );
    }
  });

  test('who leaves is no longer listed, the others are told, and the name is free', async () => {
    const { url, server } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    const bob = await enterChatAs('Bob', url('/hubs/chat'));
    await bob.client.stop();
    await ada.received.first(([event]) => event === 'UserLeft');
    expect(receivedEvents(ada, 'UserLeft')).toEqual([['UserLeft', 'Bob']]);
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
    const before = await nameOf(ada);
    expect(await ada.client.invoke('SetUsername', 'Ada')).toBeNull();
    await bob.received.first(([event]) => event === 'UserRenamed');
    expect(receivedEvents(bob, 'UserRenamed')).toEqual([['UserRenamed', before, 'Ada']]);
    expect(receivedEvents(ada, 'UserRenamed')).toEqual([]);
    expect(await names(bob)).not.toContain(before);
  });

  test('refuses a name that somebody else has, whatever its case and width, or that looks like it, and changes nothing', async () => {
    const { url } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    const bob = await enterChatAs('Bob', url('/hubs/chat'));
    for (const name of ['Ada', 'ADA', 'ada', '  ada  ', 'Ａｄａ', '\u0410da', 'Ad\u0430']) {
      await expect(bob.client.invoke('SetUsername', name), name).rejects.toThrow(
        `An unexpected error occurred invoking 'SetUsername' on the server. HubException: The name ${name.trim()} is taken.`,
      );
    }
    expect(new Set(await names(ada))).toEqual(new Set(['Ada', 'Bob']));
    await bob.client.invoke('SendMessage', 'end');
    await ada.received.first(([event]) => event === 'ReceiveMessage');
    expect(receivedEvents(ada, 'UserRenamed').filter(([, from]) => from === 'Bob')).toEqual([]);
  });

  test("one's own name can change its case, and to be renamed to the same is no news", async () => {
    const { url } = await startChat();
    const ada = await enterChatAs('ada', url('/hubs/chat'));
    const bob = await enterChatAs('Bob', url('/hubs/chat'));
    await ada.client.invoke('SetUsername', 'ADA');
    await ada.client.invoke('SetUsername', 'ADA');
    await ada.client.invoke('SendMessage', 'end');
    await bob.received.first(([event]) => event === 'ReceiveMessage');
    expect(receivedEvents(bob, 'UserRenamed')).toEqual([['UserRenamed', 'ada', 'ADA']]);
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

  test('takes names that people can see, as they write them, and says what is wrong with others', async () => {
    const { url } = await startChat();
    const ada = await enterChat(url('/hubs/chat'));
    for (const name of ['A', 'A'.repeat(40), 'علی\u200cرضا', '👩‍💻']) {
      await ada.client.invoke('SetUsername', name);
      expect(await names(ada)).toEqual([name]);
    }
    for (const [wrong, why] of [
      ['', 'The name is empty.'],
      ['   ', 'The name is empty.'],
      ['A'.repeat(41), 'The name has 41 characters.'],
      ['A'.repeat(20_000), 'The name is too long.'],
      ['ada\u200b', 'The name contains U+200B, which cannot be seen.'],
      ['\u202eada', 'The name contains U+202E, which changes the direction of what is written.'],
      ['ada\0', 'The name contains U+0000, a control character.'],
      ['ada\n', 'The name contains U+000A, a control character.'],
    ]) {
      await expect(ada.client.invoke('SetUsername', wrong), wrong).rejects.toThrow(
        `HubException: ${why} A name has 1 to 40 characters that can be seen, of any language, and spaces between them.`,
      );
    }
    await expect(ada.client.invoke('SetUsername', 7)).rejects.toThrow(
      new Error("Failed to invoke 'SetUsername' due to an error on the server."),
    );
    expect(await names(ada)).toEqual(['👩‍💻']);
  });

  test('a guest has a name like everybody else, which nobody else can have', async () => {
    const { url } = await startChat();
    const [ada, bob] = [await enterChat(url('/hubs/chat')), await enterChat(url('/hubs/chat'))];
    const username = await nameOf(bob);
    expect(nameFrom(username)).toBe(username);
    for (const name of [username, username.toUpperCase(), username.replace('e', '\u0435')]) {
      await expect(ada.client.invoke('SetUsername', name)).rejects.toThrow(`The name ${name} is taken.`);
    }
  });

  test('of two clients that want one name at the same moment, one gets it', async () => {
    const { url } = await startChat();
    const chatters = await Promise.all([1, 2, 3, 4].map(() => enterChat(url('/hubs/chat'))));
    const outcomes = await Promise.allSettled(chatters.map(({ client }) => client.invoke('SetUsername', 'Ada')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const listed = await names(chatters[0] as ChatUser);
    expect(listed.filter((name) => name === 'Ada')).toHaveLength(1);
    expect(listed).toHaveLength(4);
  });
});
