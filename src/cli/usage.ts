import type { CommanderError } from 'commander';
import { nearestName } from '../nearest-name.ts';
import { unknownName } from './problem-texts.ts';
import { flagOf, kindOf, noFlagOf, SETTING_NAMES } from './settings.ts';

const COMMANDS = ['serve', 'check'];
const NO_FLAGS = SETTING_NAMES.filter((name) => kindOf(name) === 'flag').map(noFlagOf);
const FLAGS = ['--config', ...SETTING_NAMES.map(flagOf), ...NO_FLAGS, '--help', '--version'];

/**
 * Text for the fault of a command line. Commander's own text quotes its input, which may be a secret
 * (`--inspect-tokn=...`).
 *
 * @returns undefined when there is no fault, or when help was shown instead.
 */
export function usageProblem({ code, message, exitCode }: CommanderError): string | undefined {
  if (exitCode === 0 || code === 'commander.help') return undefined;
  // The first quotes hold the input. A value behind the name of a flag may be a secret, so it is left out.
  const given = /'([^'=]*)/.exec(message)?.[1] ?? '';
  switch (code) {
    case 'commander.unknownOption':
      return FLAGS.includes(given)
        ? `${given}: got a value, expected none: it is ${NO_FLAGS.includes(given) ? 'off' : 'on'} when it is there`
        : unknownName(given, 'flag', 'the command line', FLAGS);
    case 'commander.optionMissingArgument':
      return `${given.split(' ', 1)[0]}: got nothing, expected a value behind it`;
    case 'commander.unknownCommand': {
      const near = nearestName(given, COMMANDS);
      return `got an unknown command, expected ${near === undefined ? COMMANDS.join(' or ') : `a known one: did you mean ${near}?`}`;
    }
    case 'commander.excessArguments':
      return 'got a word that belongs to no flag, expected flags only, such as --port 8080';
    default:
      return 'the command line cannot be understood; signalbox --help says what there is';
  }
}
