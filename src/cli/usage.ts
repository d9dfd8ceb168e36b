import type { CommanderError } from 'commander';
import { nearestName } from '../nearest-name.ts';
import { noFlag, unknownName } from './problem-texts.ts';
import { FLAGGED, flagOf, kindOf, noFlagOf, SECRETS } from './settings.ts';

/** Commands and flags that a fault may be about. */
export interface Words {
  readonly commands: readonly string[];
  readonly flags: readonly string[];
  /** Example of a flag with its value. */
  readonly example: string;
  /** What stands behind a command that has a word, and an example of it. */
  readonly word?: string;
}

const NO_FLAGS = FLAGGED.filter((name) => kindOf(name) === 'flag').map(noFlagOf);
const SERVER_WORDS: Words = {
  commands: ['serve', 'check', 'key', 'db'],
  flags: ['--config', ...FLAGGED.map(flagOf), ...NO_FLAGS, '--help', '--version'],
  example: '--port 8080',
};
const DATABASE_FLAGS = ['storage', 'data', 'config', 'help'];
const KEY_FLAGS = ['kind', 'name', 'user', 'roles', 'expires', 'overlap', 'json', ...DATABASE_FLAGS];
const KEY_WORDS: Words = {
  commands: ['create', 'list', 'revoke', 'rotate'],
  flags: KEY_FLAGS.map((name) => `--${name}`),
  example: '--name app',
  word: 'id of a key, expected one behind the command, as signalbox key list shows it',
};
const DATABASE_WORDS: Words = {
  commands: ['migrate', 'check', 'backup'],
  flags: DATABASE_FLAGS.map((name) => `--${name}`),
  example: '--data ./data',
  word: 'file, expected one behind the command, such as backup.db',
};

/** @param command The first word behind the name of the program. */
export function wordsOf(command: string | undefined): Words {
  if (command === 'key') return KEY_WORDS;
  return command === 'db' ? DATABASE_WORDS : SERVER_WORDS;
}

/**
 * Text for the fault of a command line. Commander's own text quotes its input, which may be a secret
 * (`--inspect-token=...`).
 *
 * @returns undefined when there is no fault, or when help was shown instead.
 */
export function usageProblem(
  { code, message, exitCode }: CommanderError,
  { commands, flags, example, word } = SERVER_WORDS,
): string | undefined {
  if (exitCode === 0 || code === 'commander.help') return undefined;
  // The first quotes hold the input. A value behind the name of a flag may be a secret, so it is left out.
  const given = /'([^'=]*)/.exec(message)?.[1] ?? '';
  switch (code) {
    case 'commander.unknownOption': {
      const secret = SECRETS.find((name) => flagOf(name) === given);
      if (secret !== undefined) return `${given}: ${noFlag('a secret', secret)}`;
      return flags.includes(given)
        ? `${given}: got a value, expected none: it is ${NO_FLAGS.includes(given) ? 'off' : 'on'} when it is there`
        : unknownName(given, 'flag', 'the command line', flags);
    }
    case 'commander.optionMissingArgument':
      return `${given.split(' ', 1)[0]}: got nothing, expected a value behind it`;
    case 'commander.unknownCommand': {
      const near = nearestName(given, commands);
      return `got an unknown command, expected ${near === undefined ? oneOf(commands) : `a known one: did you mean ${near}?`}`;
    }
    case 'commander.excessArguments':
      return `got a word that belongs to no flag, expected flags only, such as ${example}`;
    case 'commander.missingArgument':
      return `got no ${word}`;
    default:
      return 'the command line cannot be understood; signalbox --help says what there is';
  }
}

function oneOf(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
