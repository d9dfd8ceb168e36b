import { nearest } from '../nearest.ts';
import { kindOf, type SettingName } from './settings.ts';

/**
 * Description of a value that was given for a setting, for the line about its fault. Numbers are shown where they belong, yes
 * and no everywhere. A text never is: a token that stands behind the wrong name is still a secret.
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
 * A line about a name that nobody knows. It is shown when it is nearly a known one; otherwise only where it stands is, for it
 * may be anything.
 *
 * @param what Such as 'key'.
 * @param at Where it stands.
 */
export function unknownName(name: string, what: string, at: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `${name}: got an unknown ${what} (${at}), expected a known one: did you mean ${near}?`;
  return `${at}: got an unknown ${what} of ${lengthOf(name)}, expected one of ${known.join(', ')}`;
}

function lengthOf(text: string): string {
  return text.length === 1 ? '1 character' : `${text.length} characters`;
}
