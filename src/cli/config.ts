import { readFileSync } from 'node:fs';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import type { z } from 'zod';
import { nearest } from './nearest.ts';
import { flagOf, readValue, SETTING_NAMES, type SettingName, Settings, variableOf } from './settings.ts';

/** One thing that is wrong with a configuration, as a line: where, what it is, what it should be. */
export type Problem = string;

export type Config = { readonly settings: Settings } | { readonly problems: readonly Problem[] };

type Given = Map<string, { readonly value: unknown; readonly source: string }>;

/** Where the file's name may come from, beside `--config`. */
const CONFIG_VARIABLE = 'SIGNALBOX_CONFIG';

/**
 * The settings from all their sources: flags before the environment, the environment before the file, the file before the
 * defaults.
 *
 * @param flags By setting name, as texts; `config` is the file.
 */
export function loadConfig(
  flags: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const problems: Problem[] = [];
  const given: Given = new Map();
  const file = flags.config ?? environment[CONFIG_VARIABLE];
  if (file !== undefined) fromFile(file, given, problems);
  fromEnvironment(environment, given, problems);
  for (const name of SETTING_NAMES) {
    const text = flags[name];
    if (text !== undefined) given.set(name, { value: readValue(name, text), source: flagOf(name) });
  }
  const values = Object.fromEntries([...given].map(([name, { value }]) => [name, value]));
  const checked = Settings.safeParse(values);
  if (!checked.success) problems.push(...checked.error.issues.flatMap((issue) => describe(issue, given)));
  return checked.success && problems.length === 0 ? { settings: checked.data } : { problems };
}

function fromFile(file: string, given: Given, problems: Problem[]): void {
  let content: unknown;
  try {
    // Every JSON text is YAML as well.
    content = parseYaml(readFileSync(file, 'utf8'));
  } catch (error) {
    const why =
      error instanceof YAMLParseError
        ? `it is no YAML or JSON: ${firstLine(error.message)}`
        : firstLine((error as Error).message);
    problems.push(`${file}: cannot be read: ${why}`);
    return;
  }
  if (content === null) return;
  if (typeof content !== 'object' || Array.isArray(content)) {
    problems.push(`${file}: got ${show(content)}, expected keys with values, such as "port: 5080"`);
    return;
  }
  for (const [name, value] of Object.entries(content)) given.set(name, { value, source: file });
}

function fromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  given: Given,
  problems: Problem[],
): void {
  const byVariable = new Map<string, SettingName>(SETTING_NAMES.map((name) => [variableOf(name), name]));
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith('SIGNALBOX_') || variable === CONFIG_VARIABLE || text === undefined) continue;
    const name = byVariable.get(variable);
    if (name === undefined)
      problems.push(unknown(variable, [...byVariable.keys(), CONFIG_VARIABLE], 'the environment'));
    else given.set(name, { value: readValue(name, text), source: variable });
  }
}

function describe(issue: z.core.$ZodIssue, given: Given): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknown(key, SETTING_NAMES, given.get(key)?.source ?? 'the file'));
  }
  const [name = '', ...rest] = issue.path.map(String);
  const { value, source } = given.get(name) ?? { value: undefined, source: 'the defaults' };
  const got = name === 'inspectToken' ? 'a secret that does not fit' : show(rest.reduce<unknown>(part, value));
  return [`${[name, ...rest].join('.')}: got ${got} (${source}), expected ${expected(issue)}`];
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int'
        ? 'a whole number'
        : issue.expected === 'array'
          ? 'a list'
          : `a ${issue.expected}`;
    case 'too_small':
      return issue.origin === 'string' ? `at least ${issue.minimum} characters` : `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_value':
      return `one of ${issue.values.join(', ')}`;
    default:
      return firstLine(issue.message);
  }
}

function unknown(name: string, known: readonly string[], source: string): Problem {
  const near = nearest(name, known);
  const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`;
  return `${name}: got an unknown key (${source}), expected a known one: ${hint}`;
}

function part(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] as string;
}
