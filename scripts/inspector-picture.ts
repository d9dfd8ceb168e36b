import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { createChatHub } from '../src/hubs/chat.ts';
import { resolveOptions } from '../src/options.ts';
import { ServerParts } from '../src/server.ts';
import { NO_WORDS, start } from './program.ts';
import { screenAsSvg } from './screen-svg.ts';

const ROOT = join(import.meta.dirname, '..');
const TARGET = 'docs/images/inspector.svg';
const COLUMNS = 104;
const ROWS = 32;

await start(
  {
    command: 'npx tsx scripts/inspector-picture.ts',
    about: `Draws ${TARGET}: one screen of examples/inspect.mjs, attached to a real server on port 5080 with
real clients.`,
    options: {},
    words: NO_WORDS,
  },
  draw,
);

async function draw(): Promise<void> {
  const server = new ServerParts(
    resolveOptions({ hubs: { '/hubs/chat': createChatHub() }, inspect: true, logLevel: 'silent' }),
  );
  const { port } = await server.listen({ port: 5080 });

  // One client is connected before the inspector attaches.
  const ann = await enter(port, 'ann');
  const viewer = spawn(
    process.execPath,
    ['examples/inspect.mjs', `--columns=${COLUMNS}`, `--rows=${ROWS}`, '--screen', `ws://127.0.0.1:${port}/inspect`],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let screen = '';
  viewer.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  await once(viewer.stdout, 'data');

  const bob = await enter(port, 'bob');
  const stalled = await enterWithoutReading(port);
  const carol = await enter(port, 'carol');
  await bob.invoke('Whisper', 'ann', 'have you seen the inspector?');
  while (![...server.supervisor.connections()].some(({ session }) => session?.lane.isCongested === true)) {
    await ann.invoke('SendMessage', 'x'.repeat(2_000));
  }
  await carol.stop();
  await bob.invoke('SendMessage', 'bye');

  // Two whole screens later all events have been drawn.
  screen = '';
  const CLEAR = '\x1b[H\x1b[2J';
  while (screen.split(CLEAR).length < 4) await once(viewer.stdout, 'data');
  const last = screen.split(CLEAR).at(-2) ?? '';
  writeFileSync(join(ROOT, TARGET), screenAsSvg(last, { columns: COLUMNS, title: 'node examples/inspect.mjs' }));

  viewer.kill();
  stalled.destroy();
  await Promise.all([ann.stop(), bob.stop()]);
  await server.close();
}

async function enter(port: number, name: string) {
  const client = new HubConnectionBuilder()
    .withUrl(`http://127.0.0.1:${port}/hubs/chat`)
    .configureLogging(LogLevel.None)
    .build();
  await client.start();
  await client.invoke('SetUsername', name);
  return client;
}

/** A client that completes its handshake and then never reads: its lane becomes congested. */
async function enterWithoutReading(port: number) {
  const socket = connect(port, '127.0.0.1');
  const upgrade = ['GET /hubs/chat HTTP/1.1', 'Host: 127.0.0.1', 'Upgrade: websocket', 'Connection: Upgrade'];
  const key = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
  socket.write(`${[...upgrade, ...key].join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  const handshake = Buffer.from('{"protocol":"json","version":1}\x1e');
  socket.pause();
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | handshake.length, 0, 0, 0, 0]), handshake]));
  return socket;
}
