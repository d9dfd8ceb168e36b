import type { CommanderError } from 'commander';
import { nearest } from '../nearest.ts';
import { unknownName } from './problem-texts.ts';
import { flagOf, SETTING_NAMES } from './settings.ts';

const COMMANDS = ['serve', 'check'];
const FLAGS = ['--config', ...SETTING_NAMES.map(flagOf), '--help', '--version'];

/**
 * The fault of a command line, in our own words: Commander quotes what it was given, and that may be a secret
 * (`--inspect-tokn=...`).
 *
 * @returns undefined when nothing is, or when help was shown instead.
 */
export function usageProblem({ code, message, exitCode }: CommanderError): string | undefined {
  if (exitCode === 0 || code === 'commander.help') return undefined;
  // What it was given stands in the first quotes; a value behind the name of a flag is nobody's business.
  const given = /'([^'=]*)/.exec(message)?.[1] ?? '';
  switch (code) {
    case 'commander.unknownOption':
      return FLAGS.includes(given)
        ? `${given}: got a value, expected none: it is on when it is there`
        : unknownName(given, 'flag', 'the command line', FLAGS);
    case 'commander.optionMissingArgument':
      return `${given.split(' ', 1)[0]}: got nothing, expected a value behind it`;
    case 'commander.unknownCommand': {
      const near = nearest(given, COMMANDS);
      return `got an unknown command, expected ${near === undefined ? COMMANDS.join(' or ') : `a known one: did you mean ${near}?`}`;
    }
    case 'commander.excessArguments':
      return 'got a word that belongs to no flag, expected flags only, such as --port 8080';
    default:
      return 'the command line cannot be understood; signalbox --help says what there is';
  }
}
