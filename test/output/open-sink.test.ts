import { spawn } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { device } from '../support/device.ts';
import { Fifo } from '../support/fifo.ts';
import { build } from '../support/standalone.ts';

// The built code and nothing else of ours: other modules may use standard error, which changes whether it blocks.
const OPEN_SINK = new URL('../../dist/src/output/open-sink.js', import.meta.url);
const PROGRAM = `
import { openSink } from '${OPEN_SINK}';
const sink = openSink(2);
const bytes = Buffer.alloc(1_000, '.');
try {
  for (;;) await sink.write(bytes);
} catch ({ code }) {
  console.log(code);
}`;

/** What a process is told that writes to this standard error until it fails. */
async function faultOf(stderr: number | 'pipe'): Promise<string> {
  build();
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], { stdio: ['ignore', 'pipe', stderr] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) text += chunk;
  return text.trim();
}

describe('a sink', () => {
  test('of a pipe that nobody reads says that it is full', async () => {
    expect(await faultOf(new Fifo().writer)).toBe('EAGAIN');
  });

  test('of a socket that nobody reads says that it is full', async () => {
    expect(await faultOf('pipe')).toBe('EAGAIN');
  });

  test('of a full disk says that there is no room', async () => {
    expect(await faultOf(device('/dev/full'))).toBe('ENOSPC');
  });
});
