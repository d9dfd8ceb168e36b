import { describe, expect, test } from 'vitest';
import { createChatHub } from '../../src/hubs/chat.ts';
import { enterChat, enterChatAs, receivedEvents } from '../support/chat.ts';
import { startServer } from '../support/test-server.ts';

const startChat = () => startServer({ '/hubs/chat': createChatHub() });

/** An id as nanoid creates it. */
const CACHE_ID = /^[\w-]{21}$/;
/** ISO 8601 in UTC, to the millisecond. */
const SENT_AT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const INFO = { cacheId: expect.stringMatching(CACHE_ID), sentAt: expect.stringMatching(SENT_AT) };

describe('SendMessage', () => {
  test('reaches everybody, its author too, with an id and the moment it was sent', async () => {
    const before = Date.now();
    const { url } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    const bob = await enterChatAs('Bob', url('/hubs/chat'));
    const receipt = await ada.client.invoke<{ cacheId: string }>('SendMessage', 'Hello');
    for (const chatUser of [ada, bob]) {
      await chatUser.received.first(([event]) => event === 'ReceiveMessage');
      expect(receivedEvents(chatUser, 'ReceiveMessage')).toEqual([['ReceiveMessage', 'Ada', 'Hello', INFO]]);
      const [, , , info] = receivedEvents(chatUser, 'ReceiveMessage')[0] as [string, string, string, typeof INFO];
      expect(receipt).toEqual({ cacheId: info.cacheId });
      expect(Date.parse(info.sentAt)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(info.sentAt)).toBeLessThanOrEqual(Date.now());
    }
  });

  test('carries the name that its author has at that moment, and ids that differ', async () => {
    const { url } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    const { cacheId: first } = await ada.client.invoke<{ cacheId: string }>('SendMessage', 'one');
    await ada.client.invoke('SetUsername', 'Lovelace');
    const { cacheId: second } = await ada.client.invoke<{ cacheId: string }>('SendMessage', 'two');
    expect(second).not.toBe(first);
    expect(receivedEvents(ada, 'ReceiveMessage')).toEqual([
      ['ReceiveMessage', 'Ada', 'one', INFO],
      ['ReceiveMessage', 'Lovelace', 'two', INFO],
    ]);
  });

  test('messages of several authors reach everybody in one and the same order', async () => {
    const { url } = await startChat();
    const chatters = await Promise.all(['Ada', 'Bob', 'Eve'].map((name) => enterChatAs(name, url('/hubs/chat'))));
    await Promise.all(
      chatters.flatMap(({ client }) => Array.from({ length: 50 }, (_, n) => client.invoke('SendMessage', `${n}`))),
    );
    const orders: unknown[] = [];
    for (const chatUser of chatters) {
      while (receivedEvents(chatUser, 'ReceiveMessage').length < 150)
        await chatUser.received.until(chatUser.received.length + 1);
      orders.push(receivedEvents(chatUser, 'ReceiveMessage').map(([, user, text]) => `${user} ${text}`));
    }
    expect(orders[1]).toEqual(orders[0]);
    expect(orders[2]).toEqual(orders[0]);
    for (const name of ['Ada', 'Bob', 'Eve']) {
      const own = (orders[0] as string[]).filter((line) => line.startsWith(name));
      expect(own).toEqual(Array.from({ length: 50 }, (_, n) => `${name} ${n}`));
    }
  });
});

describe('Whisper', () => {
  test('reaches one user, found by any name that is one with theirs, and nobody else', async () => {
    const { url } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    const bob = await enterChatAs('Bob', url('/hubs/chat'));
    const eve = await enterChatAs('Eve', url('/hubs/chat'));
    const receipt = await ada.client.invoke<{ cacheId: string }>('Whisper', 'BOB', 'psst');
    for (const name of [' bob ', 'Ｂｏｂ', 'bo\u200bb', 'B\u043eb'])
      await ada.client.invoke('Whisper', name, 'and more');
    await ada.client.invoke('SendMessage', 'end');
    for (const chatUser of [ada, bob, eve]) await chatUser.received.first(([event]) => event === 'ReceiveMessage');
    expect(receivedEvents(bob, 'ReceiveWhisper').map(([, , text]) => text)).toEqual([
      'psst',
      ...Array(4).fill('and more'),
    ]);
    expect(receivedEvents(bob, 'ReceiveWhisper')[0]).toEqual(['ReceiveWhisper', 'Ada', 'psst', INFO]);
    expect(receivedEvents(bob, 'ReceiveWhisper')[0]?.[3]).toMatchObject(receipt);
    expect(receivedEvents(ada, 'ReceiveWhisper')).toEqual([]);
    expect(receivedEvents(eve, 'ReceiveWhisper')).toEqual([]);
  });

  test('to oneself is possible', async () => {
    const { url } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    await ada.client.invoke('Whisper', 'Ada', 'note to self');
    expect(receivedEvents(ada, 'ReceiveWhisper')).toEqual([['ReceiveWhisper', 'Ada', 'note to self', INFO]]);
  });

  test('to nobody is an error that says so', async () => {
    const { url } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    await expect(ada.client.invoke('Whisper', 'Zoe', 'psst')).rejects.toThrow(
      new Error("An unexpected error occurred invoking 'Whisper' on the server. HubException: There is no user Zoe."),
    );
    // A text that is not a valid name is not shown, either.
    for (const nobody of ['', '\u202eZoe', 'Zoe\n', 'x'.repeat(41)]) {
      await expect(ada.client.invoke('Whisper', nobody, 'psst')).rejects.toThrow('There is no user of that name.');
    }
  });

  test('stays behind what was said to all before it, although they leave by different outboxes', async () => {
    const { url } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    const bob = await enterChatAs('Bob', url('/hubs/chat'));
    const calls = Array.from({ length: 100 }, (_, n) =>
      n % 2 === 0 ? ada.client.invoke('SendMessage', `${n}`) : ada.client.invoke('Whisper', 'Bob', `${n}`),
    );
    await Promise.all(calls);
    await bob.received.first(([, , text]) => text === '99');
    const texts = receivedEvents(bob, 'ReceiveMessage', 'ReceiveWhisper').map(([, , text]) => text);
    expect(texts).toEqual(Array.from({ length: 100 }, (_, n) => `${n}`));
  });
});

describe('SetTyping', () => {
  test('tells the others, and not oneself', async () => {
    const { url } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    const bob = await enterChatAs('Bob', url('/hubs/chat'));
    expect(await ada.client.invoke('SetTyping', true)).toBeNull();
    await ada.client.invoke('SetTyping', false);
    await ada.client.invoke('SendMessage', 'end');
    for (const chatUser of [ada, bob]) await chatUser.received.first(([event]) => event === 'ReceiveMessage');
    expect(receivedEvents(bob, 'UserTyping')).toEqual([
      ['UserTyping', 'Ada', true],
      ['UserTyping', 'Ada', false],
    ]);
    expect(receivedEvents(ada, 'UserTyping')).toEqual([]);
  });

  test('takes true and false only', async () => {
    const { url } = await startChat();
    const ada = await enterChat(url('/hubs/chat'));
    for (const wrong of ['true', 1, null]) {
      await expect(ada.client.invoke('SetTyping', wrong)).rejects.toThrow("Failed to invoke 'SetTyping'");
    }
  });
});

describe('the length of a text', () => {
  const calls = [
    ['SendMessage', []],
    ['Whisper', ['Ada']],
  ] as const;

  test.each(calls)('%s takes 1 to 2,000 characters', async (name, receiver) => {
    const { url } = await startChat();
    const ada = await enterChatAs('Ada', url('/hubs/chat'));
    for (const text of ['x', 'x'.repeat(2_000)]) {
      await ada.client.invoke(name, ...receiver, text);
      expect(ada.received.all.at(-1)?.[2]).toBe(text);
    }
    const { length } = ada.received;
    for (const wrong of ['', 'x'.repeat(2_001), 5, null]) {
      await expect(ada.client.invoke(name, ...receiver, wrong)).rejects.toThrow(
        `Failed to invoke '${name}' due to an error on the server.`,
      );
    }
    expect(ada.received.length).toBe(length);
  });
});
