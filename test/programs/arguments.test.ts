import { describe, expect, test, vi } from 'vitest';
import { type Program, start } from '../../scripts/program.ts';
import { inThisProcess } from './running.ts';

describe('arguments', () => {
  const PROGRAM = {
    command: 'npm run it --',
    about: 'Does it.',
    options: { quick: { about: 'soon' }, name: { value: 'NAME', about: 'of it' } },
    words: { name: 'WORD', least: 0, most: 2 },
  } as const satisfies Program;
  const run = vi.fn();
  const started = (...args: readonly string[]) => {
    run.mockClear();
    return inThisProcess(args, () => start(PROGRAM, run));
  };

  test('reach the program', async () => {
    const given = { values: { quick: true, name: '-a' }, words: ['one', '--help'] };
    expect(await started('--quick', 'one', '--name=-a', '--', '--help')).toEqual({
      stdout: '',
      stderr: '',
      exitCode: 0,
    });
    expect(run.mock.calls).toEqual([[given]]);
    await started();
    expect(run.mock.calls).toEqual([[{ values: { quick: false, name: undefined }, words: [] }]]);
  });

  test.each([
    [['--name'], '--name takes a value: --name NAME.'],
    [['--name', '--quick'], "--name takes a value: --name NAME. '--quick' is an option."],
    [['--quick=1'], "--quick is a flag and takes no value, but got '1'."],
    [['--no-quick'], 'no option is called --no-quick; there are --quick, --name, --help.'],
    [['--toString'], 'no option is called --toString; there are --quick, --name, --help.'],
    [['-n'], 'no option is called -n; there are --quick, --name, --help.'],
    [['a', 'b', 'c'], "'c' is a word too many; expected is one WORD at most."],
  ])('%j are refused', async (args, says) => {
    expect(await started(...args)).toEqual({ stdout: '', stderr: `npm run it: ${says}\n`, exitCode: 2 });
    expect(run).not.toHaveBeenCalled();
  });

  test('with --help among them do nothing', async () => {
    const { stdout } = await started('--wrong', '--help');
    expect(stdout).toBe(`Usage: npm run it -- [WORD ...] [options]

Does it.

  --quick      soon
  --name NAME  of it
  -h, --help   print this text, and do nothing else
`);
    expect(run).not.toHaveBeenCalled();
  });
});
