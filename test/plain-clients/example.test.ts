import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createChatHub } from '../../src/hubs/chat.ts';
import { enterChatAs, receivedEvents } from '../support/chat.ts';
import { startServer } from '../support/test-server.ts';
import { NODE } from './program-client.ts';

const FILE = join(import.meta.dirname, '../../examples/plain.mjs');
const [node, ...flags] = NODE;

test('examples/plain.mjs says hello, prints what it gets, and ends when the server closes', async () => {
  const { server, port, url } = await startServer({ '/hubs/chat': createChatHub() });
  const ada = await enterChatAs('Ada', url('/hubs/chat'));
  const ended = promisify(execFile)(node, [...flags, FILE, 'Bob', `ws://127.0.0.1:${port}/hubs/chat/ws`]);
  await ada.received.first(([event, user]) => event === 'ReceiveMessage' && user === 'Bob');
  expect(receivedEvents(ada, 'UserJoined', 'UserRenamed', 'ReceiveMessage')).toEqual([
    ['UserJoined', expect.stringMatching(/^guest-/)],
    ['UserRenamed', expect.stringMatching(/^guest-/), 'Bob'],
    ['ReceiveMessage', 'Bob', 'Hello from Bob.', expect.anything()],
  ]);
  await ada.client.invoke('Whisper', 'Bob', 'Hello.');
  await server.close({ drainMs: 1_000 });
  const { stdout, stderr } = await ended;
  expect(stderr).toBe('');
  const lines = stdout.trimEnd().split('\n');
  expect(lines.pop()).toBe('closed 1001');
  const info = '\\{"cacheId":"[\\w-]{21}","sentAt":"[^"]+"\\}';
  const expected = [
    'result 1 null',
    `ReceiveMessage  \\["Bob","Hello from Bob.",${info}\\]`,
    'result 2 \\{"cacheId":"[\\w-]{21}"\\}',
    `ReceiveWhisper  \\["Ada","Hello.",${info}\\]`,
    'close  \\{"reason":"server-draining","allowReconnect":true\\}',
  ];
  expect(lines).toEqual(
    expected.map((text) => expect.stringMatching(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]{12}Z ${text}$`))),
  );
});
