// Behaviour of the program with settings that cannot be used. test/cli has the cases.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build, Standalone } from '../support/standalone.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Compiling takes a while on a busy machine.
beforeAll(build, 120_000);

const SECRET = 'hunter2hunter2hunter2';

function file(content: string): string {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, content);
  return path;
}

test('--no-inspect is stronger than the file, and help has it', async () => {
  const checked = new Standalone('check', '--config', file('inspect: true'), '--no-inspect');
  expect(await checked.exited).toBe(0);
  expect(checked.stdout.all).toContain('  inspect: false');
  const help = new Standalone('serve', '--help');
  expect(await help.exited).toBe(0);
  expect(help.stdout.all.join('\n')).toMatch(/ --no-inspect +the opposite of --inspect\n/);
});

/** The program in a folder that is no longer there. */
class FromNowhere extends Standalone {
  protected override launch(command: readonly [string, ...string[]]): ReturnType<Standalone['launch']> {
    const leave = 'mkdir "$0/gone" && cd "$0/gone" && rmdir "$0/gone" && exec "$@"';
    return super.launch(['sh', '-c', leave, temporaryFolder(), ...command]);
  }
}

test('in a folder that is no longer there it says so', async () => {
  const checked = new FromNowhere('check');
  expect(await checked.exited).toBe(2);
  const text = 'signalbox: the folder from which it was started is no longer there. Start it from another.';
  expect(checked.stderr.all).toEqual([text]);
});

describe('a command line or a file that cannot be used', () => {
  async function run(args: readonly string[]) {
    const program = new Standalone(...args);
    const code = await program.exited;
    return { code, text: [...program.stdout.all, ...program.stderr.all].join('\n') };
  }

  test.each(['serve', 'check'])('%s ends with 2 and a line, not with a stack', async (command) => {
    for (const content of ['port: &x [*x]', `port: !x ${SECRET}`, `? [${SECRET}]\n: 1`, `inspect: ${SECRET}`]) {
      const { code, text } = await run([command, '--config', file(content)]);
      expect(code).toBe(2);
      expect(text).toMatch(/^signalbox: .*$/);
      expect(text).not.toContain('hunter2');
    }
  });

  test.each([
    [['serve', `--inspect-tken=${SECRET}`], /^signalbox: the command line: got an unknown flag of \d+ characters/],
    [['serve', `--inspect-token=${SECRET}`], /^signalbox: --inspect-token: a secret is no flag, /],
    [['serve', '--log-levl=debug'], /^signalbox: --log-levl: .* did you mean --log-level\?$/],
    [
      ['serve', '--host', '0.0.0.0'],
      /^signalbox: host is 0\.0\.0\.0, where other machines can connect, and nobody could /,
    ],
    [
      ['serve', `--${SECRET}`],
      /^signalbox: the command line: got an unknown flag of 23 characters, expected one of --config, /,
    ],
    [
      ['serve', `--no-inspect=${SECRET}`],
      /^signalbox: --no-inspect: got a value, expected none: it is off when it is there$/,
    ],
    [['serve', `--inspect=${SECRET}`], /^signalbox: --inspect: got a value, expected none: it is on when it is there$/],
    [['serve', SECRET], /^signalbox: got a word that belongs to no flag/],
    [[SECRET], /^signalbox: got an unknown command, expected serve, check, key or db$/],
    [['serv'], /^signalbox: got an unknown command, .* did you mean serve\?$/],
    [['check', '--port'], /^signalbox: --port: got nothing, expected a value behind it$/],
    [['check', '--po\u001b[31mrt=1'], /^signalbox: the command line: got an unknown flag of 11 characters/],
    [
      ['check', '--config', '/no\u001b[31msuch'],
      /^signalbox: \/no\\u\{1b\}\[31msuch: it cannot be read: there is no such file$/,
    ],
    [
      ['serve', '--port', '0', '--host', 'no\u202ename.invalid'],
      /^signalbox: host: got a text of 15 characters \(--host\), expected a name or an address of this machine without port/,
    ],
  ])('%j', async (args, line) => {
    const { code, text } = await run(args);
    expect(code).toBe(2);
    expect(text).toMatch(line);
    expect(text).not.toContain('hunter2');
  });
});
