import { beforeAll, expect, test, vi } from 'vitest';
import { connect } from '../support/clients.ts';
import { packedRecord } from '../support/messagepack-records.ts';
import { RawClient } from '../support/raw-client.ts';
import { negotiate } from '../support/raw-negotiation.ts';
import { build, Standalone } from '../support/standalone.ts';
import { Opcode } from '../support/websocket-frames.ts';
import { packedCall, packedList } from './heavy-records.ts';

const CLIENTS = 65;
const HEAP_MEBIBYTES = 256;
const CHAT = '/hubs/chat';

beforeAll(build);

/**
 * A client that acknowledges nothing (stateful reconnect). After it has whispered 165 KB to itself, its next whisper
 * waits, and so does a MiB of empty maps behind it: 1.2 MB in all.
 */
async function attack(port: number, name: string): Promise<RawClient> {
  const { connectionToken } = await negotiate(port, CHAT, {}, 'useStatefulReconnect=true');
  const client = await RawClient.upgrade(port, {
    path: `${CHAT}?id=${connectionToken}`,
    protocol: 'messagepack',
    onRecord() {},
  });
  client.socket.on('error', () => {});
  client.text('{"protocol":"messagepack","version":2}\x1e');
  const whisper = packedRecord({ type: 1, target: 'Whisper', arguments: [name, 'x'.repeat(2_000)] });
  client.send({ type: 1, target: 'SetUsername', arguments: [name] });
  client.frame(Opcode.binary, Buffer.concat(Array(85).fill(whisper)));
  const heavy = packedCall(packedList(0x80));
  for (let n = 0; n < 32; n++) client.frame(Opcode.binary, heavy);
  return client;
}

test.for<readonly [string, readonly string[]]>([
  ['as shipped', []],
  ['with little room', ['--maximum-waiting-bytes', '1000000']],
])('signalbox serve %s outlives one anonymous client with 65 connections full of empty maps', async ([, flags]) => {
  vi.stubEnv('NODE_OPTIONS', `--max-old-space-size=${HEAP_MEBIBYTES}`);
  const server = new Standalone('serve', '--port', '0', ...flags);
  vi.unstubAllEnvs();
  const port = await server.port();
  const healthy = await connect(`http://127.0.0.1:${port}${CHAT}`);
  for (let n = 0; n < CLIENTS; n++) await attack(port, `a${n}`);
  // Bytes behind the limit are not read, so no event says when everything has arrived. A dead server would be seen at
  // once.
  for (let n = 0; n < 200; n++) await healthy.invoke('GetStats');
  const overflows = server.stderr.all.filter((line) => line.includes('maximumWaitingBytes'));
  if (flags.length > 0) expect(overflows.length).toBeGreaterThan(0);
  await healthy.stop();
  server.kill('SIGTERM');
  expect(await server.exited).toBe(0);
});
