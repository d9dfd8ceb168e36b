import { once } from 'node:events';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, type Socket } from 'node:net';
import { join } from 'node:path';
import { HttpTransportType, HubConnectionState } from '@microsoft/signalr';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { enterChatAs, receivedEvents } from '../support/chat.ts';
import { closed, connect, openRaw } from '../support/clients.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { build, Standalone } from '../support/standalone.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TRANSPORTS } from '../support/transport-protocols.ts';

// Compiling takes a while on a busy machine.
beforeAll(build, 120_000);

async function heldSocket(port: number, text: string): Promise<Socket> {
  const socket = connectSocket(port, '127.0.0.1');
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  if (text !== '') await new Promise((resolve) => socket.write(text, resolve));
  return socket;
}

describe('signalbox serve', () => {
  test('says where it listens, and what there is', async () => {
    const program = new Standalone('serve', '--port', '0');
    const at = `http://127.0.0.1:${await program.port()}`;
    expect(await program.stdout.until(11)).toEqual([
      `signalbox listening on ${at}`,
      `  hub        ${at}/hubs/chat`,
      `  hub        ${at}/hubs/feed`,
      `  page       ${at}/`,
      `  documents  ${at}/docs/`,
      `  health     ${at}/healthz ${at}/readyz`,
      '  clients    everybody',
      '  inspector  off (--inspect)',
      `  database   ${program.data}/signalbox.db`,
      expect.stringMatching(/^ {2}node {7}\S+-[\w-]{10}$/),
      '  backplane  none (--backplane)',
    ]);
  });

  test('is healthy and ready, and shows its page', async () => {
    const port = await new Standalone('serve', '--port', '0').port();
    expect(await ask(port, requestText('GET', '/healthz'))).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await ask(port, requestText('GET', '/readyz'))).toMatchObject({
      status: 200,
      body: '{"ready":true,"problems":[]}\n',
    });
    expect((await ask(port, requestText('POST', '/readyz'))).status).toBe(405);
    expect((await ask(port, requestText('GET', '/'))).status).toBe(200);
  });

  test('shows the documents, and nothing else below their path', async () => {
    const port = await new Standalone('serve', '--port', '0').port();
    const tutorial = await ask(port, requestText('GET', '/docs/tutorial.html'));
    expect(tutorial).toMatchObject({ status: 200, body: expect.stringContaining('<h1 id="tutorial">Tutorial</h1>') });
    expect(await ask(port, requestText('GET', '/docs/'))).toMatchObject({
      status: 200,
      body: expect.stringContaining('<h1 id="signalbox">signalbox</h1>'),
    });
    for (const path of ['/docs', '/docs/index.html', '/docs/tutorial.md', '/docs/tutorial', '/docs/../page/main.js']) {
      expect((await ask(port, requestText('GET', path))).status, path).toBe(404);
    }
  });

  test('answers for this machine only, its page too, unless it is told what it is called', async () => {
    const foreign = { Host: 'chat.example' };
    const alone = await new Standalone('serve', '--port', '0').port();
    const named = await new Standalone('serve', '--port', '0', '--hosts', 'chat.example').port();
    for (const path of ['/', '/page/main.js', '/docs/', '/hubs/chat', '/nothing']) {
      expect((await ask(alone, requestText('GET', path, foreign))).status, path).toBe(421);
    }
    expect((await ask(alone, upgradeRequest('/hubs/chat', foreign))).status).toBe(421);
    expect((await ask(alone, requestText('GET', '/readyz', foreign))).status).toBe(200);
    expect((await ask(named, requestText('GET', '/', foreign))).status).toBe(200);
    expect((await ask(named, upgradeRequest('/hubs/chat', foreign))).status).toBe(101);
    expect((await ask(named, requestText('GET', '/', { Host: 'evil.example' }))).status).toBe(421);
  });

  test('makes its folder and its database for its own user; a folder that is there stays, and is a line in the log', async () => {
    const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
    const folder = temporaryFolder();
    const [made, shared] = [join(folder, 'a', 'data'), join(folder, 'shared')];
    await new Standalone('serve', '--port', '0', '--data', made).port();
    expect([join(folder, 'a'), made, join(made, 'signalbox.db')].map(modeOf)).toEqual(['700', '700', '600']);
    mkdirSync(shared);
    chmodSync(shared, 0o755);
    const program = new Standalone('serve', '--port', '0', '--data', shared);
    await program.port();
    expect([shared, join(shared, 'signalbox.db')].map(modeOf)).toEqual(['755', '600']);
    expect(program.stderr.all).toEqual([expect.stringContaining(`${shared} is not for this user alone (mode 0755)`)]);
  });

  test('lets two official clients chat', async () => {
    const program = new Standalone('serve', '--port', '0');
    const url = `http://127.0.0.1:${await program.port()}/hubs/chat`;
    const ada = await enterChatAs('Ada', url);
    const bob = await enterChatAs('Bob', url);
    await ada.client.invoke('SendMessage', 'Hello, Bob');
    await bob.received.first(([, user, text]) => user === 'Ada' && text === 'Hello, Bob');
    await bob.client.invoke('Whisper', 'ada', 'Hello, Ada');
    await ada.received.first(([event]) => event === 'ReceiveWhisper');
    expect(receivedEvents(ada, 'ReceiveWhisper')).toMatchObject([['ReceiveWhisper', 'Bob', 'Hello, Ada', {}]]);
    await bob.client.stop();
    await ada.received.first(([event]) => event === 'UserLeft');
    expect(receivedEvents(ada, 'UserLeft')).toEqual([['UserLeft', 'Bob']]);
  });

  test('knows no other paths', async () => {
    const program = new Standalone('serve', '--port', '0');
    const port = await program.port();
    for (const path of ['/nothing', '/inspect', '/hubs', '/hubs/chat/x', '/hubs/other/negotiate']) {
      expect((await ask(port, requestText('GET', path))).status, path).toBe(404);
    }
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: every client is invited back, and the exit code is 0',
    async (signal) => {
      const program = new Standalone('serve', '--port', '0');
      const url = `http://127.0.0.1:${await program.port()}/hubs/chat`;
      const clients = await Promise.all(
        TRANSPORTS.map((name) => connect(url, { transport: HttpTransportType[name], retryDelays: [600_000] })),
      );
      const plain = await connect(url);
      const gone = closed(plain);
      const reconnecting = clients.map((client) => new Promise((resolve) => client.onreconnecting(resolve)));
      program.kill(signal);
      await Promise.all(reconnecting);
      expect(clients.map(({ state }) => state)).toEqual(Array(3).fill(HubConnectionState.Reconnecting));
      // Without automatic reconnect the client has ended, but without an error.
      expect(await gone).toBeUndefined();
      expect(await program.exited).toBe(0);
      expect(program.stderr.all).toEqual([]);
    },
  );

  test('SIGTERM without any client: it ends at once', async () => {
    const program = new Standalone('serve', '--port', '0');
    await program.port();
    program.kill('SIGTERM');
    expect(await program.exited).toBe(0);
  });

  test.each([
    ['nothing at all', ''],
    ['half of a request', 'GET /hubs/chat HTTP/1.1\r\nHost: localhost\r\n'],
    ['half of a body', 'POST /hubs/chat/negotiate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx'],
  ])(
    'SIGTERM: a socket on which %s was sent does not keep the program alive',
    async (_what, text) => {
      const program = new Standalone('serve', '--port', '0');
      const port = await program.port();
      const socket = await heldSocket(port, text);
      onTestFinished(() => void socket.destroy());
      // Sockets are accepted in order, so this answer shows that the one before it has been accepted.
      await ask(port, requestText('GET', '/'));
      program.kill('SIGTERM');
      expect(await program.exited).toBe(0);
    },
    10_000,
  );

  test('with --drain-delay-ms it is only not ready at first, and keeps connections for --keep-alive-timeout-ms', async () => {
    const program = new Standalone(
      'serve',
      '--port',
      '0',
      '--drain-delay-ms',
      '3600000',
      '--keep-alive-timeout-ms',
      '7000',
    );
    const port = await program.port();
    const ready = () => ask(port, requestText('GET', '/readyz'));
    expect((await ready()).headers.get('keep-alive')).toBe('timeout=7');
    program.kill('SIGTERM');
    let answer = await ready();
    while (answer.status === 200) answer = await ready();
    expect(JSON.parse(answer.body).problems).toMatchObject([{ text: 'It is about to drain.' }]);
    const newcomer = await openRaw(port, { path: '/hubs/chat' });
    expect(await newcomer.invoke('GetUsers')).toMatchObject({ result: [expect.anything()] });
  });

  test('a second signal ends it at once, whoever is still being waited for', async () => {
    const program = new Standalone('serve', '--port', '0');
    const port = await program.port();
    // Without an answer to its close frame the server waits for 5 s.
    const silent = await openRaw(port, { path: '/hubs/chat', answersClose: false });
    program.kill('SIGTERM');
    await silent.records.first(({ type }) => type === 7);
    expect(await ask(port, requestText('GET', '/readyz'))).toMatchObject({ status: 503 });
    program.kill('SIGTERM');
    expect(await program.exited).toBe('SIGTERM');
  });

  test('a port that is taken: exit code 2, and a line that says what to do', async () => {
    const first = new Standalone('serve', '--port', '0');
    const port = await first.port();
    const second = new Standalone('serve', '--port', String(port));
    expect(await second.exited).toBe(2);
    expect(second.stderr.all).toEqual([
      `signalbox: port ${port} of 127.0.0.1 is taken by another program. Choose another with --port.`,
    ]);
    expect(second.stdout.all).toEqual([]);
    // The first server is unaffected.
    expect((await ask(port, requestText('POST', '/hubs/chat/negotiate?negotiateVersion=1'))).status).toBe(200);
  });

  test('a host that is none of this machine: exit code 2, and a line that says so', async () => {
    // 192.0.2.0/24 is reserved for documentation: no machine has such an address.
    const program = new Standalone('serve', '--port', '0', '--host', '192.0.2.1', '--auth-anonymous', 'always');
    expect(await program.exited).toBe(2);
    expect(program.stderr.all).toEqual([
      'signalbox: 192.0.2.1 is no address of this machine. Choose another with --host.',
    ]);
  });

  test('a data folder that cannot be: exit code 2, and a line that says which setting to change', async () => {
    const program = new Standalone('serve', '--port', '0', '--data', '/dev/null/data');
    expect(await program.exited).toBe(2);
    expect(program.stdout.all).toEqual([]);
    expect(program.stderr.all).toEqual([
      expect.stringMatching(/^signalbox: the data folder \/dev\/null\/data cannot be made: .*--data\.$/),
    ]);
  });

  test.each([
    ['chat', 'a number'],
    ['-1', 'at least 0'],
    ['65536', 'at most 65535'],
    ['80.5', 'a whole number'],
    ['', 'a number'],
    ['0x50', 'a number'],
  ])('--port %s is an error, and nothing starts', async (port, expected) => {
    const program = new Standalone('serve', `--port=${port}`);
    expect(await program.exited).toBe(2);
    expect(program.stdout.all).toEqual([]);
    expect(program.stderr.all).toHaveLength(1);
    expect(program.stderr.all[0]).toMatch(/^signalbox: port: got /);
    expect(program.stderr.all[0]).toContain(`(--port), expected ${expected}`);
  });

  test('an unknown flag is an error, with the nearest known one', async () => {
    const program = new Standalone('serve', '--prot=1');
    expect(await program.exited).toBe(2);
    expect(program.stderr.all.join('\n')).toContain('did you mean --port?');
  });

  test('check says what the settings come to, or what is wrong with them, and stops', async () => {
    const config = join(temporaryFolder(), 'settings.yaml');
    writeFileSync(
      config,
      'port: 1\ninspectToken: sixteen-or-more-characters\nauth: { jwt: { secret: sixteen-or-more-characters-of-32-or-more } }',
      { mode: 0o600 },
    );
    const fine = new Standalone('check', '--config', config);
    expect(await fine.exited).toBe(0);
    expect(fine.stdout.all).toContain('  port: 1');
    expect(fine.stdout.all).toContain('  auth.jwt.secret: (not shown)');
    expect(fine.stdout.all.join('\n')).not.toContain('sixteen-or');
    const wrong = new Standalone('check', '--port', 'x', '--log-level', 'loud');
    expect(await wrong.exited).toBe(2);
    expect(wrong.stderr.all).toHaveLength(2);
  });
});
