import type { CommanderError } from 'commander';
import { nearestName } from '../nearest-name.ts';
import { unknownName } from './problem-texts.ts';
import {
  FLAGGED,
  fileVariableOf,
  flagOf,
  kindOf,
  noFlagOf,
  SECRETS,
  type SettingName,
  variableOf,
} from './settings.ts';

/** Commands and flags that a fault may be about. */
export interface Words {
  readonly commands: readonly string[];
  readonly flags: readonly string[];
  /** Example of a flag with its value. */
  readonly example: string;
}

const NO_FLAGS = FLAGGED.filter((name) => kindOf(name) === 'flag').map(noFlagOf);
const SERVER_WORDS: Words = {
  commands: ['serve', 'check', 'key'],
  flags: ['--config', ...FLAGGED.map(flagOf), ...NO_FLAGS, '--help', '--version'],
  example: '--port 8080',
};
const KEY_FLAGS = ['kind', 'name', 'user', 'roles', 'expires', 'overlap', 'json', 'data', 'config', 'help'];
const KEY_WORDS: Words = {
  commands: ['create', 'list', 'revoke', 'rotate'],
  flags: KEY_FLAGS.map((name) => `--${name}`),
  example: '--name app',
};

/** @param command The first word behind the name of the program. */
export function wordsOf(command: string | undefined): Words {
  return command === 'key' ? KEY_WORDS : SERVER_WORDS;
}

/**
 * Text for the fault of a command line. Commander's own text quotes its input, which may be a secret
 * (`--inspect-token=...`).
 *
 * @returns undefined when there is no fault, or when help was shown instead.
 */
export function usageProblem(
  { code, message, exitCode }: CommanderError,
  { commands, flags, example } = SERVER_WORDS,
): string | undefined {
  if (exitCode === 0 || code === 'commander.help') return undefined;
  // The first quotes hold the input. A value behind the name of a flag may be a secret, so it is left out.
  const given = /'([^'=]*)/.exec(message)?.[1] ?? '';
  switch (code) {
    case 'commander.unknownOption': {
      const secret = SECRETS.find((name) => flagOf(name) === given);
      if (secret !== undefined) return `${given}: ${noFlag(secret)}`;
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
      return 'got no id of a key, expected one behind the command, as signalbox key list shows it';
    default:
      return 'the command line cannot be understood; signalbox --help says what there is';
  }
}

function oneOf(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** Why a secret is no flag, and where it belongs. */
function noFlag(secret: SettingName): string {
  const places = `${variableOf(secret)}, ${fileVariableOf(secret)} (the name of a file)`;
  return `a secret is no flag, which other users of this machine could see: use ${places} or the settings file`;
}
