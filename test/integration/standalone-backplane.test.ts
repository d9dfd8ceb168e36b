// Standalone servers that are one service, over a real Redis.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { enterChatAs } from '../support/chat.ts';
import { inEnvironment } from '../support/program-environment.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { build, type Standalone } from '../support/standalone.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PASSWORD = 'canary-redis-30d7';
const SECRET = 'canary-secret-52f1-canary-secret-52f1';
const SERVE = ['serve', '--port', '0'];
const READY = '{"ready":true,"problems":[]}\n';

let redis: RedisServer;

// Compiling takes a while on a busy machine.
beforeAll(async () => {
  build();
  if (hasRedis) redis = await startRedis({ settings: [`requirepass ${PASSWORD}`] });
}, 120_000);
afterAll(() => redis?.stop());

const urlOf = ({ port }: RedisServer, password = PASSWORD) => `redis://:${password}@127.0.0.1:${port}`;
const readiness = (port: number) => ask(port, requestText('GET', '/readyz'));
const lineOf = ({ stdout }: Standalone, name: string) => stdout.first((line) => line.startsWith(`  ${name} `));
const saidBy = (programs: readonly Standalone[]) =>
  programs.flatMap(({ stdout, stderr }) => [...stdout.all, ...stderr.all]).join('\n');
/** Lines of a program that are no lines of its log. */
const toldBy = ({ stderr }: Standalone) => stderr.all.filter((line) => line.startsWith('signalbox: '));

/** Resolves when a server has no problem. */
async function untilReady(port: number): Promise<void> {
  while ((await readiness(port)).body !== READY);
}

function secretFile(text: string): string {
  const path = join(temporaryFolder(), 'secret');
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
  return path;
}

describe.runIf(hasRedis)('two servers on one Redis', () => {
  test('are one chat, say where they are, and show no secret', async () => {
    const variables = {
      SIGNALBOX_BACKPLANE_FILE: secretFile(urlOf(redis)),
      SIGNALBOX_BACKPLANE_SECRET_FILE: secretFile(SECRET),
      SIGNALBOX_LOG_LEVEL: 'debug',
    };
    const programs = ['web-1', 'web-2'].map((id) => inEnvironment(variables, ...SERVE, '--node-id', id));
    const [first, second] = programs as [Standalone, Standalone];
    const urls = (await Promise.all(programs.map((each) => each.port()))).map(
      (port) => `http://127.0.0.1:${port}/hubs/chat`,
    );
    const shown = `redis://127.0.0.1:${redis.port}/0`;
    expect(await lineOf(first, 'node')).toBe('  node       web-1');
    expect(await lineOf(second, 'node')).toBe('  node       web-2');
    expect(await lineOf(first, 'backplane')).toBe(`  backplane  ${shown}`);
    expect(await lineOf(first, 'caution')).toMatch(
      / {2}caution {4}each machine has its own API keys, .*\(--storage\)$/,
    );

    const ada = await enterChatAs('Ada', urls[0] as string);
    const bob = await enterChatAs('Bob', urls[1] as string);
    await ada.client.invoke('SendMessage', 'Hello, Bob');
    await bob.received.first(([, user, text]) => user === 'Ada' && text === 'Hello, Bob');
    await bob.client.invoke('SendMessage', 'Hello, Ada');
    await ada.received.first(([, user, text]) => user === 'Bob' && text === 'Hello, Ada');

    const checked = inEnvironment(variables, 'check', '--port', '0', '--data', temporaryFolder());
    expect(await checked.exited).toBe(0);
    expect(checked.stdout.all).toContain(`  backplane: "${shown}"`);
    expect(checked.stdout.all).toContain('  backplaneSecret: (not shown)');
    await Promise.all([ada, bob].map(({ client }) => client.stop()));
    for (const program of programs) program.kill('SIGTERM');
    expect(await Promise.all(programs.map(({ exited }) => exited))).toEqual([0, 0]);
    const said = saidBy([...programs, checked]);
    expect(said).toContain('linked to the backplane');
    expect(said).not.toContain('canary');
  });

  test('have ids of their own: the second one with an id ends with 2, and the first goes on', async () => {
    // The second one waits for as long as a lease. A busy machine may stop the first one for a while.
    const variables = { SIGNALBOX_BACKPLANE: urlOf(redis), SIGNALBOX_LEASE_MS: '3000' };
    const first = inEnvironment(variables, ...SERVE, '--node-id', 'twin', '--backplane-prefix', 'twins');
    const port = await first.port();
    const second = inEnvironment(variables, ...SERVE, '--node-id', 'twin', '--backplane-prefix', 'twins');
    expect(await second.exited).toBe(2);
    expect(toldBy(second)).toEqual([
      'signalbox: nodeId: Another server that is alive has the nodeId "twin". ' +
        'Give each server its own, or leave nodeId out.',
    ]);
    expect(second.stdout.all).toEqual([]);
    await untilReady(port);
    // Another service in the same Redis may use the id.
    const other = inEnvironment(variables, ...SERVE, '--node-id', 'twin');
    await untilReady(await other.port());
  });
});

describe.runIf(hasRedis)('a Redis', () => {
  test('that does not let the server in is refused by serve and check with the same line', async () => {
    const variables = { SIGNALBOX_BACKPLANE: urlOf(redis, 'canary-wrong') };
    const data = ['--data', temporaryFolder()];
    const programs = [SERVE, ['check', '--port', '0']].map((args) => inEnvironment(variables, ...args, ...data));
    expect(await Promise.all(programs.map(({ exited }) => exited))).toEqual([2, 2]);
    for (const program of programs) {
      expect(program.stdout.all).toEqual([]);
      expect(toldBy(program)).toEqual([
        `signalbox: backplane: Redis at 127.0.0.1:${redis.port} does not let this server in: ` +
          'check user and password of the URL (WRONGPASS).',
      ]);
    }
    expect(saidBy(programs)).not.toContain('canary');
  });

  test('that is away keeps no server from starting, which is linked when it comes', async () => {
    const late = await startRedis({ settings: [`requirepass ${PASSWORD}`] });
    onTestFinished(() => late.stop());
    await late.kill();
    // The shortest lease, since twice as long is waited for the Redis.
    const variables = { SIGNALBOX_BACKPLANE: urlOf(late), SIGNALBOX_STORAGE: 'memory:', SIGNALBOX_LEASE_MS: '1000' };
    const serving = inEnvironment(variables, ...SERVE);
    const waiting = inEnvironment(variables, ...SERVE, '--no-ready-when-degraded');
    const stopped = inEnvironment(variables, ...SERVE);
    // Sooner than the server listens.
    await stopped.stderr.first((line) => line.includes('trouble with the backplane'));
    stopped.kill('SIGTERM');
    expect(await stopped.exited).toBe(0);
    expect(stopped.stdout.all).toEqual([]);

    const [port, other] = await Promise.all([serving.port(), waiting.port()]);
    for (const program of [serving, waiting]) {
      expect(await lineOf(program, 'backplane')).toBe(
        `  backplane  redis://127.0.0.1:${late.port}/0: not there yet, so this server is alone`,
      );
      expect(await lineOf(program, 'caution')).toContain('each server has its own');
    }
    const problem = (severity: string) => ({
      part: 'backplane',
      text: expect.stringMatching(/^The other nodes cannot be reached: the link is \w+\.$/),
      severity,
    });
    const [degraded, unready] = await Promise.all([readiness(port), readiness(other)]);
    expect(degraded.status).toBe(200);
    expect(JSON.parse(degraded.body)).toEqual({ ready: true, problems: [problem('degraded')] });
    expect(unready.status).toBe(503);
    expect(JSON.parse(unready.body)).toEqual({ ready: false, problems: [problem('unready')] });

    await late.start();
    await Promise.all([untilReady(port), untilReady(other)]);
    const said = saidBy([serving, waiting, stopped]);
    expect(said).toContain('ECONNREFUSED');
    expect(said).not.toContain('canary');
  });
});
