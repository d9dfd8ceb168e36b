import type { z } from 'zod';
import { configFileOf, type Environment, readEnvironment } from './environment.ts';
import { describeValue, noFlag, unknownName } from './problem-texts.ts';
import {
  attributeOf,
  FLAGGED,
  flagOf,
  isSecret,
  readValue,
  SETTING_NAMES,
  type SettingName,
  Settings,
} from './settings.ts';
import { readSettingsFile } from './settings-file.ts';

/** Problem of a configuration as one line: the place, what stands there, what is expected. It quotes no value. */
export type Problem = string;

export type Config = { readonly settings: Settings } | { readonly problems: readonly Problem[] };

type Given = Map<SettingName, { readonly value: unknown; readonly source: string }>;

/** Largest number of problems that are printed: a file with more is probably the wrong one. */
const PRINTED_PROBLEMS = 20;

/**
 * Loads the settings from all sources. Flags take precedence over the environment, the environment over the file, the
 * file over the defaults.
 *
 * @param flags Texts by attribute (`attributeOf`); `config` is the file.
 */
export function loadConfig(flags: Readonly<Record<string, string | undefined>>, environment: Environment): Config {
  const problems: Problem[] = [];
  const given: Given = new Map();
  const file = flags.config ?? configFileOf(environment);
  if (file !== undefined) fromFile(file, given, problems);
  const variables = readEnvironment(environment);
  for (const { name, value, variable } of variables.settings) given.set(name, { value, source: variable });
  problems.push(...variables.problems);
  for (const name of FLAGGED) {
    const text = flags[attributeOf(name)];
    if (text === undefined) continue;
    if (isSecret(name, text)) problems.push(`${flagOf(name)}: ${noFlag('a password', name)}`);
    else given.set(name, { value: readValue(name, text), source: flagOf(name) });
  }
  const values = Object.fromEntries([...given].map(([name, { value }]) => [name, value]));
  const checked = Settings.safeParse(values);
  if (!checked.success) problems.push(...checked.error.issues.map((issue) => describe(issue, given)));
  if (checked.success && problems.length === 0) return { settings: checked.data };
  const left = problems.length - PRINTED_PROBLEMS;
  return { problems: left > 0 ? [...problems.slice(0, PRINTED_PROBLEMS), `and ${left} more problems`] : problems };
}

function fromFile(file: string, given: Given, problems: Problem[]): void {
  const content = readSettingsFile(file, isGroup);
  problems.push(...content.problems);
  for (const { name, value, at } of content.entries) {
    if (isSetting(name)) given.set(name, { value, source: at });
    else problems.push(unknownName(name, 'key', at, SETTING_NAMES));
  }
  const secret = content.entries.find(({ name, value }) => isSetting(name) && isSecret(name, value))?.name;
  if (secret !== undefined && content.faultOfRights !== undefined)
    problems.push(`${file}: ${secret} is a secret, and ${content.faultOfRights}`);
}

/** Whether a key of a file holds further ones. */
function isGroup(name: string): boolean {
  return SETTING_NAMES.some((setting) => setting.startsWith(`${name}.`));
}

function isSetting(name: string): name is SettingName {
  return (SETTING_NAMES as readonly string[]).includes(name);
}

function describe(issue: z.core.$ZodIssue, given: Given): Problem {
  const [name, ...rest] = issue.path as [SettingName, ...PropertyKey[]];
  const { value, source } = given.get(name) ?? { value: undefined, source: 'the defaults' };
  const got = describeValue(name, rest.reduce<unknown>(part, value));
  return `${[name, ...rest.map(String)].join('.')}: got ${got} (${source}), expected ${expected(issue)}`;
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return EXPECTED_TYPES[issue.expected] ?? `a ${issue.expected}`;
    case 'too_small':
      return issue.origin === 'string' ? `at least ${issue.minimum} characters` : `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_value':
      return `one of ${issue.values.join(', ')}`;
    default:
      return issue.message;
  }
}

const EXPECTED_TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  array: 'a list',
  boolean: 'true or false',
  string: 'a text',
};

function part(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
}
