// Signals to the standalone server, also when it is the first process of a container.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { openRaw } from '../support/clients.ts';
import { build, Standalone } from '../support/standalone.ts';

// Compiling takes a while on a busy machine.
beforeAll(build, 120_000);

/** A module that sends signals to its own process as soon as that handles them, long before the server listens. */
const signalsOnce = (...signals: readonly NodeJS.Signals[]) =>
  `data:text/javascript,process.on('newListener',function once(name){if(name!=='SIGHUP')return;process.off('newListener',once);
   setImmediate(()=>${JSON.stringify(signals)}.forEach((signal)=>process.kill(process.pid,signal)))})`;

class SignalledAtStart extends Standalone {
  protected override launch([node, ...args]: readonly [string, ...string[]]) {
    return super.launch([node, '--import', signalsOnce('SIGTERM'), ...args]);
  }
}

const UNSHARE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'] as const;

/** As a container runs it: process 1, to which the system gives no signal that it does not handle. */
class FirstProcess extends Standalone {
  protected override launch(command: readonly [string, ...string[]]) {
    return super.launch([...UNSHARE, ...command]);
  }

  override kill(signal: NodeJS.Signals): void {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8');
    process.kill(Number(children.trim()), signal);
  }
}

class FirstProcessSignalledAtStart extends FirstProcess {
  protected override launch([node, ...args]: readonly [string, ...string[]]) {
    return super.launch([node, '--import', signalsOnce('SIGTERM'), ...args]);
  }
}

/** On a terminal that `script` makes, and that is gone when `script` is killed. */
class OnTerminal extends Standalone {
  protected override launch(command: readonly [string, ...string[]]) {
    return super.launch(['script', '-qec', command.map((word) => `'${word}'`).join(' '), '/dev/null']);
  }
}

/** A drain takes 5 s as long as this client does not answer its close frame. @returns when the drain has begun. */
async function drainsFor(program: Standalone, signal: NodeJS.Signals): Promise<void> {
  const silent = await openRaw(await program.port(), { path: '/hubs/chat', answersClose: false });
  program.kill(signal);
  await silent.records.first(({ type }) => type === 7);
}

const canUnshare = spawnSync(UNSHARE[0], [...UNSHARE.slice(1), 'true']).status === 0;
if (!canUnshare) console.warn('Skipped: tests of process 1, because this user may not make a namespace for processes.');

describe('a signal', () => {
  test('during the start ends it: it listens to nobody, and the exit code is 0', async () => {
    const program = new SignalledAtStart('serve', '--port', '0');
    expect(await program.exited).toBe(0);
    expect(program.stdout.all).toEqual([]);
    expect(program.stderr.all).toEqual([]);
  });

  test('SIGQUIT drains, and a second one ends it at once', async () => {
    const program = new Standalone('serve', '--port', '0');
    await drainsFor(program, 'SIGQUIT');
    program.kill('SIGQUIT');
    expect(await program.exited).toBe('SIGQUIT');
  });

  test('SIGHUP without a terminal is a line in the log, and changes nothing', async () => {
    const program = new Standalone('serve', '--port', '0');
    await program.port();
    program.kill('SIGHUP');
    expect(JSON.parse(await program.stderr.first(() => true))).toMatchObject({
      level: 30,
      signal: 'SIGHUP',
      msg: 'nothing to read again: settings are read at the start',
    });
    program.kill('SIGTERM');
    expect(await program.exited).toBe(0);
  });

  test('the end of its terminal drains', async () => {
    const program = new OnTerminal('serve', '--port', '0');
    const client = await openRaw(await program.port(), { path: '/hubs/chat' });
    program.kill('SIGKILL');
    expect(await client.records.first(({ type }) => type === 7)).toEqual({ type: 7, allowReconnect: true });
  });
});

describe.runIf(canUnshare)('a signal to process 1', () => {
  test('during the start is not lost', async () => {
    const program = new FirstProcessSignalledAtStart('serve', '--port', '0');
    expect(await program.exited).toBe(0);
    expect(program.stdout.all).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)('%s drains', async (signal) => {
    const program = new FirstProcess('serve', '--port', '0');
    await program.port();
    program.kill(signal);
    expect(await program.exited).toBe(0);
  });

  test('ends it at once when it is the second: exit code 128 and the number of the signal', async () => {
    const program = new FirstProcess('serve', '--port', '0');
    await drainsFor(program, 'SIGTERM');
    program.kill('SIGTERM');
    expect(await program.exited).toBe(143);
  });
});
