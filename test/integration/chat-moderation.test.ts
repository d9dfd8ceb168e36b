// The moderators of the chat, as official clients and plain clients see them.
import { describe, expect, test } from 'vitest';
import { createChatHub } from '../../src/hubs/chat.ts';
import { callsTo, connect, inMessagePack } from '../support/clients.ts';
import { PlainClient } from '../support/plain-client.ts';
import { startServer } from '../support/test-server.ts';

type Settings = NonNullable<Parameters<typeof createChatHub>[0]>;

/** A chat with a client of each kind. `say` resolves with undefined, or with the text of the error. */
async function start(settings: Settings) {
  const { port, url } = await startServer({ '/hubs/chat': createChatHub(settings) });
  const json = await connect(url('/hubs/chat'));
  const messagepack = await connect(url('/hubs/chat'), inMessagePack());
  const plain = await PlainClient.open(port, { path: '/hubs/chat/ws' });
  const heard = [json, messagepack].map((client) => callsTo<[string, string, object]>(client, 'ReceiveMessage'));
  let calls = 0;
  const officials = [json, messagepack].map((client) => async (method: string, ...args: unknown[]) => {
    return client.invoke<unknown>(method, ...args).then(
      () => undefined,
      ({ message }: Error) => message,
    );
  });
  const ofPlain = async (method: string, ...args: unknown[]) => {
    calls += 1;
    const { type, payload } = await plain.call(method, args, calls);
    return type === 'error' ? (payload as { message: string }).message : undefined;
  };
  const says = [...officials, ofPlain];
  /** Texts that each client has heard, once there are so many. */
  const texts = async (count: number) => {
    for (const inbox of heard) await inbox.until(count);
    const ofOfficials = heard.map(({ all }) => all.map(([, text]) => text));
    const payloads = plain.payloads('ReceiveMessage') as readonly [string, string][];
    return [...ofOfficials, payloads.map(([, text]) => text)];
  };
  return { json, says, texts };
}

const refused = (text: string, method = 'SendMessage') =>
  `An unexpected error occurred invoking '${method}' on the server. HubException: ${text}`;

describe('the chat with moderators', () => {
  test('refuses with a text that its sender gets, over every protocol, and counts no such message', async () => {
    const { json, says, texts } = await start({
      maxLength: 10,
      links: 'refuse',
      profanity: 'refuse',
      repeatsMs: 60_000,
    });
    for (const say of says) {
      expect(await say('SendMessage', '12345678901')).toContain(
        refused('The text is too long: it may have 10 characters.'),
      );
      expect(await say('SendMessage', 'a.com')).toContain(refused('Links are not allowed here.'));
      // What was refused was not sent, so it is no repetition.
      expect(await say('SendMessage', 'a.com')).toContain(refused('Links are not allowed here.'));
      expect(await say('SendMessage', 'fuck')).toContain(refused('Please mind your language.'));
      expect(await say('SendMessage', 'hello')).toBeUndefined();
      expect(await say('SendMessage', 'HELLO')).toContain(refused('You have just sent the same.'));
    }
    expect(await texts(3)).toEqual([1, 2, 3].map(() => ['hello', 'hello', 'hello']));
    expect(await json.invoke('GetStats')).toMatchObject({ messageCount: 1 });
  });

  test('masks what everybody gets, and whispers, but no name', async () => {
    const { json, says, texts } = await start({ links: 'mask', profanity: 'mask' });
    await json.invoke('SetUsername', 'a.com');
    for (const say of says) expect(await say('SendMessage', 'shit at example.com')).toBeUndefined();
    const masked = '**** at [link removed]';
    expect(await texts(3)).toEqual([1, 2, 3].map(() => [masked, masked, masked]));
    const whispers = callsTo<[string, string]>(json, 'ReceiveWhisper');
    expect(await says[2]?.('Whisper', 'a.com', 'http://x')).toBeUndefined();
    await whispers.until(1);
    expect(whispers.all[0]?.[1]).toBe('[link removed]');
    const messages = callsTo<[string]>(json, 'ReceiveMessage');
    await says[0]?.('SendMessage', 'hi');
    await messages.until(1);
    expect(messages.all[0]?.[0]).toBe('a.com');
  });

  test('passes everything on unchanged when none is on', async () => {
    const { says, texts } = await start({ maxLength: 0, links: 'allow', profanity: 'allow', repeatsMs: 0 });
    for (const say of says) expect(await say('SendMessage', 'shit at example.com')).toBeUndefined();
    expect(await texts(3)).toEqual([1, 2, 3].map(() => [1, 2, 3].map(() => 'shit at example.com')));
  });
});
