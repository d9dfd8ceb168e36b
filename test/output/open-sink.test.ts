import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { device } from '../support/device.ts';
import { Fifo } from '../support/fifo.ts';
import { eventually } from '../support/inbox.ts';
import { build } from '../support/standalone.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

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

  test('of a stopped terminal that may not be opened by its name, as that of another user, says that it is full', async () => {
    build();
    const folder = temporaryFolder();
    const [program, result] = [join(folder, 'program.mjs'), join(folder, 'result')];
    writeFileSync(program, PROGRAM);
    // For root, rights do not count until it gives up these.
    const asAnybody = process.getuid?.() === 0 ? 'setpriv --bounding-set=-dac_override,-dac_read_search' : '';
    const command = `chmod 0 $(tty) && exec ${asAnybody} '${process.execPath}' '${program}' > '${result}'`;
    // Its output is the terminal's, which stops when nobody reads it.
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void terminal.kill('SIGKILL'));
    await eventually(() => existsSync(result) && readFileSync(result, 'utf8') !== '');
    expect(readFileSync(result, 'utf8')).toBe('EAGAIN\n');
  });

  test('of a full disk says that there is no room', async () => {
    expect(await faultOf(device('/dev/full'))).toBe('ENOSPC');
  });
});
