import { nearestName } from '../nearest-name.ts';
import { fileVariableOf, kindOf, type SettingName, variableOf } from './settings.ts';

/**
 * Describes the value of a setting in a line about its fault. Numbers are shown for settings that are numbers, booleans
 * always. A text is never shown: a token under the wrong name is still a secret.
 */
export function describeValue(name: SettingName, value: unknown): string {
  switch (typeof value) {
    case 'boolean':
      return String(value);
    case 'number':
      return kindOf(name) === 'number' ? String(value) : 'a number';
    case 'string':
      return value === '' ? 'an empty text' : `a text of ${lengthOf(value)}`;
    default:
      if (value === null || value === undefined) return 'nothing';
      return Array.isArray(value) ? 'a list' : 'something else';
  }
}

/**
 * Line about an unknown name. The name is shown when it is nearly a known one. Otherwise only its place is shown, since
 * it may be a secret.
 *
 * @param what Kind of the name, such as 'key'.
 * @param at Place of the name.
 */
export function unknownName(name: string, what: string, at: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  if (near !== undefined) return `${name}: got an unknown ${what} (${at}), expected a known one: did you mean ${near}?`;
  return `${at}: got an unknown ${what} of ${lengthOf(name)}, expected one of ${known.join(', ')}`;
}

/** Why a secret is no flag, and where it belongs. @param what Such as 'a secret'. */
export function noFlag(what: string, name: SettingName): string {
  const places = `${variableOf(name)}, ${fileVariableOf(name)} (the name of a file)`;
  return `${what} is no flag, which other users of this machine could see: use ${places} or the settings file`;
}

function lengthOf(text: string): string {
  return text.length === 1 ? '1 character' : `${text.length} characters`;
}
