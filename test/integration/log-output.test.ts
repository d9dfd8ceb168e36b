import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createServer } from '../../src/index.ts';
import { clientOf, connect, withoutNegotiation } from '../support/clients.ts';
import { device } from '../support/device.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { Fifo } from '../support/fifo.ts';
import { freePort } from '../support/free-port.ts';
import { eventually } from '../support/inbox.ts';
import { build, PROGRAM } from '../support/standalone.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { uncaughtDuring } from '../support/uncaught.ts';

const CHATTY = fileURLToPath(new URL('../support/chatty-server.mjs', import.meta.url));
/** Far more than a pipe and the queue of the log hold: lines of about a thousand bytes. */
const LINES = 5_000;

interface Running {
  readonly child: ChildProcess;
  /** Resolves with the exit code, or the signal. */
  readonly ended: Promise<number | string | null>;
}

function run(args: readonly string[], stdio: StdioOptions): Running {
  const child = spawn(process.execPath, args, { stdio });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, ended: new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal))) };
}

/** The chatty server, with this standard error. */
async function chatty(stderr: number | 'pipe') {
  build();
  const running = run([CHATTY], ['ignore', 'pipe', stderr]);
  const port = await new Promise<number>((resolve) => {
    running.child.stdout?.once('data', (chunk) => resolve(Number(chunk)));
  });
  const client = await connect(`http://127.0.0.1:${port}/hub`, withoutNegotiation);
  return { ...running, client };
}

/** Resolves when the standalone server on a port answers. */
async function answers(port: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer?.status === 200) return;
  }
}

describe('a server goes on, and stops in order,', () => {
  const places: [string, () => number | 'pipe'][] = [
    ['when the disk of its log is full', () => device('/dev/full')],
    ['when nobody reads the pipe of its log', () => new Fifo().writer],
    ['when nobody reads the socket of its log', () => 'pipe'],
  ];
  test.each(places)('%s', async (_name, open) => {
    const { child, client, ended } = await chatty(open());
    await client.invoke('Log', 0, LINES);
    expect(await client.invoke('Echo', 'still here')).toBe('still here');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('when the reader of its log has gone', async () => {
    const log = new Fifo();
    const { child, client, ended } = await chatty(log.writer);
    log.close();
    await client.invoke('Log', 0, LINES);
    expect(await client.invoke('Echo', 'still here')).toBe('still here');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('when its log is closed', async () => {
    build();
    const port = await freePort();
    const command = `exec "$0" "$@" 2>&- >&-`;
    const data = temporaryFolder();
    const child = spawn('sh', ['-c', command, process.execPath, PROGRAM, 'serve', '--port', `${port}`, '--data', data]);
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal)));
    await answers(port);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

describe('a log that was not read for a while', () => {
  test('has whole lines in order, and a line with the number of those that were dropped', async () => {
    const log = new Fifo();
    const { client } = await chatty(log.writer);
    await client.invoke('Log', 0, LINES);
    let text = '';
    await eventually(() => {
      text += log.read();
      return text.includes('"dropped"');
    });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { line?: number; dropped?: number });
    const numbers = lines.flatMap(({ line }) => line ?? []);
    const [{ dropped = 0 } = {}] = lines.slice(-1);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, number) => number));
    expect(dropped).toBeGreaterThan(0);
    expect(numbers.length + dropped).toBe(LINES);
    // Later lines come as ever.
    await client.invoke('Log', LINES, 1);
    await eventually(() => {
      text += log.read();
      return text.includes(`"line":${LINES}`);
    });
  });
});

describe('the standalone server', () => {
  const serve = (port: number, stdout: number, stderr: number) => {
    build();
    const args = [PROGRAM, 'serve', '--port', `${port}`, '--data', temporaryFolder()];
    return run(args, ['ignore', stdout, stderr]);
  };

  test('starts and stops although its standard output and its log are full pipes', async () => {
    const [stdout, stderr] = [new Fifo(), new Fifo()];
    stdout.fill();
    stderr.fill();
    const port = await freePort();
    const { child, ended } = serve(port, stdout.writer, stderr.writer);
    await answers(port);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('goes on when its standard output is closed after the first line', async () => {
    const [stdout, stderr] = [new Fifo(), new Fifo()];
    const port = await freePort();
    const { child, ended } = serve(port, stdout.writer, stderr.writer);
    await eventually(() => stdout.read().includes('listening'));
    stdout.close();
    stderr.close();
    const client = clientOf(`http://127.0.0.1:${port}/hubs/chat`);
    await client.start();
    await client.invoke('SetUsername', 'ann');
    await client.stop();
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('writes warnings of Node the same way', async () => {
    build();
    const stderr = new Fifo();
    // A warning that comes when the program runs.
    const warns = `data:text/javascript,process.once('beforeExit', () => process.emitWarning('from a test'))`;
    const { ended } = run(['--import', warns, PROGRAM, 'check'], ['ignore', 'ignore', stderr.writer]);
    expect(await ended).toBe(0);
    expect(stderr.read()).toBe('signalbox: Warning: from a test\n');
  });

  test('shows its help to a reader that leaves', async () => {
    build();
    const stdout = new Fifo();
    stdout.fill();
    stdout.close();
    expect(await run([PROGRAM, 'serve', '--help'], ['ignore', stdout.writer, 'inherit']).ended).toBe(0);
  });
});

describe('a logger that throws', () => {
  test('ends nothing', async () => {
    const fail = (): never => {
      throw new Error('the disk is full');
    };
    const logger = { debug: fail, info: fail, warn: fail, error: fail, isLevelEnabled: fail };
    const uncaught = await uncaughtDuring(async () => {
      const server = createServer({ hubs: { '/hub': emptyHub() }, logger });
      const { port } = await server.listen({ port: 0 });
      const client = await connect(`http://127.0.0.1:${port}/hub`);
      await expect(client.invoke('NoSuchMethod')).rejects.toThrow('Method does not exist');
      expect(await client.invoke('Echo', 'still here')).toBe('still here');
      await client.stop();
      await server.close({ drainMs: 0 });
    });
    expect(uncaught).toEqual([]);
  });
});
