// A real Redis for tests, which they may kill, stop, and take rights from.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { guardRedis } from './redis-guard.ts';

/** Whether there is a Redis. With TEST_REQUIRE_DATABASES its absence is a failure; else tests are skipped. */
export const hasRedis = process.env.TEST_REDIS !== 'none' && spawnSync('redis-server', ['--version']).status === 0;

if (!hasRedis) {
  const missing = 'NO REDIS: the backplane redis:// is NOT tested. Install it: apt-get install redis-server';
  if (process.env.TEST_REQUIRE_DATABASES === '1') throw new Error(missing);
  console.error(`\n${'!'.repeat(missing.length)}\n${missing}\n${'!'.repeat(missing.length)}\n`);
}

export interface RedisOptions {
  /** Lines of redis.conf. */
  readonly settings?: readonly string[];
  /** Paths of files for TLS, on the only port. Default: no TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Whether it is a Sentinel. */
  readonly isSentinel?: boolean;
}

/** Whether it accepts connections: Redis says so, and a Sentinel says who it is. */
const READY = /Ready to accept connections|Sentinel ID is/;

/** A Redis of its own, in a folder of its own. It ends with `stop`, and at the latest with the test run. */
export class RedisServer {
  readonly port: number;
  readonly folder: string;
  readonly #isSentinel: boolean;
  readonly #hasTls: boolean;
  readonly #clean: () => Promise<void>;
  #process: ChildProcess | undefined;
  #admin: Redis | undefined;

  /** @param folder An empty folder, in which everything is kept. */
  constructor(folder: string, port: number, { settings = [], tls, isSentinel = false }: RedisOptions) {
    this.port = port;
    this.folder = folder;
    this.#isSentinel = isSentinel;
    this.#hasTls = tls !== undefined;
    this.#clean = guardRedis(folder);
    const ports =
      tls === undefined
        ? [`port ${port}`]
        : [
            'port 0',
            `tls-port ${port}`,
            `tls-cert-file ${tls.certificate}`,
            `tls-key-file ${tls.key}`,
            `tls-ca-cert-file ${tls.certificate}`,
            'tls-auth-clients no',
          ];
    const storing = isSentinel ? [] : ['save ""', 'appendonly no'];
    const lines = [...ports, 'bind 127.0.0.1', `dir ${folder}`, ...storing, ...settings];
    writeFileSync(join(folder, 'redis.conf'), lines.map((line) => `${line}\n`).join(''));
  }

  get url(): string {
    return `redis${this.#hasTls ? 's' : ''}://127.0.0.1:${this.port}`;
  }

  /** Starts it, the first time or again. Resolves when it accepts connections. */
  async start(): Promise<void> {
    const args = [join(this.folder, 'redis.conf'), ...(this.#isSentinel ? ['--sentinel'] : [])];
    const child = spawn('redis-server', args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = child;
    writeFileSync(join(this.folder, 'pid'), `${child.pid}`);
    await new Promise<void>((resolve, reject) => {
      let log = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (READY.test(log)) return;
        log += text;
        if (READY.test(log)) resolve();
      });
      child.once('close', () => reject(new Error(`Redis has ended: ${log}`)));
    });
  }

  /** Sends a command, on a connection of its own that stays open. */
  async command(name: string, ...args: readonly (string | number)[]): Promise<unknown> {
    this.#admin ??= new Redis(this.port, '127.0.0.1', { connectionName: 'test' }).on('error', () => {});
    return this.#admin.call(name, ...args);
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Stops it, so that the system accepts connections and nobody answers. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends it, and removes its folder. */
  async stop(): Promise<void> {
    this.#admin?.disconnect();
    await this.kill();
    await this.#clean();
  }
}

/** Starts a Redis. Whoever starts it has to stop it. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'signalbox-redis-')));
  const server = new RedisServer(folder, await freePort(), options);
  await server.start();
  return server;
}
