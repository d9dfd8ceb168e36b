import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { usageProblem } from '../../src/cli/usage.ts';

// Commander's own texts. test/integration/standalone-settings.test.ts tests the output of the program.
test.each([
  ['commander.unknownOption', "error: unknown option '--log-levl=secret'", '--log-levl: got an unknown flag'],
  [
    'commander.unknownOption',
    "error: unknown option '--inspect-token=secret'",
    '--inspect-token: a secret is no flag, which other users of this machine could see: use SIGNALBOX_INSPECT_TOKEN,',
  ],
  [
    'commander.unknownOption',
    "error: unknown option '--secret'",
    'the command line: got an unknown flag of 8 characters',
  ],
  [
    'commander.unknownOption',
    "error: unknown option '--inspect=secret'",
    '--inspect: got a value, expected none: it is on',
  ],
  [
    'commander.unknownOption',
    "error: unknown option '--no-inspect=secret'",
    '--no-inspect: got a value, expected none: it is off',
  ],
  ['commander.unknownOption', "error: unknown option '--no-inspct'", 'did you mean --no-inspect?'],
  ['commander.unknownOption', "error: unknown option '--no-port'", 'did you mean --port?'],
  [
    'commander.unknownCommand',
    "error: unknown command 'secret'",
    'got an unknown command, expected serve, check, key or db',
  ],
  ['commander.excessArguments', "error: too many arguments for 'serve'.", 'got a word that belongs to no flag'],
  [
    'commander.optionMissingArgument',
    "error: option '--port <number>' argument missing",
    '--port: got nothing, expected',
  ],
  ['commander.anything', "error: something about 'secret'", 'the command line cannot be understood'],
])('%s, %s', (code, message, problem) => {
  const said = usageProblem(new CommanderError(1, code, message));
  expect(said).toContain(problem);
  expect(said).not.toMatch(/\bsecret'|=secret/);
});

test.each([
  [0, 'commander.version'],
  [0, 'commander.helpDisplayed'],
  [1, 'commander.help'],
])('an exit with %i for %s is no problem to tell', (exitCode, code) => {
  expect(usageProblem(new CommanderError(exitCode, code, '(outputHelp)'))).toBeUndefined();
});
