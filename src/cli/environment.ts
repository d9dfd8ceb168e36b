import { unknownName } from './problem-texts.ts';
import { FileFault } from './regular-file.ts';
import { readSecretFile } from './secret-files.ts';
import { FROM_FILES, fileVariableOf, readValue, SETTING_NAMES, type SettingName, variableOf } from './settings.ts';

/** Variables by name, such as those of `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface SettingOfEnvironment {
  readonly name: SettingName;
  readonly value: unknown;
  readonly variable: string;
}

const PREFIX = 'SIGNALBOX_';
/** Variable for the name of the settings file, besides `--config`. */
const CONFIG_VARIABLE = 'SIGNALBOX_CONFIG';

/**
 * Kubernetes gives each container variables about all services of its namespace: those of a service `signalbox`, or
 * `signalbox-redis`, begin as ours do (Kubernetes, "Service", "Environment variables"; Docker's links have the same).
 */
const OF_A_SERVICE = /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/;
const ADDRESS_OF_A_SERVICE = /^(?:tcp|udp|sctp):\/\//;
/** Docker's links also give the names of both containers, and the variables of the other one (docker run, "--link"). */
const OF_A_LINK = /^SIGNALBOX_(?:\w+_)?ENV_\w+$/;
const NAME_OF_A_LINK = /^\/[^/]+\/[^/]+$/;

/** Name of the settings file; undefined when the environment has none. */
export function configFileOf(environment: Environment): string | undefined {
  return trimmed(environment[CONFIG_VARIABLE]);
}

/**
 * Reads the settings of the environment. White space around a value does not count: a file of variables may have CR LF
 * at the ends of its lines. A variable without a value counts as not set.
 *
 * @returns also a line for each variable that begins as ours do, and is unknown.
 */
export function readEnvironment(environment: Environment): {
  readonly settings: readonly SettingOfEnvironment[];
  readonly problems: readonly string[];
} {
  const byVariable = new Map(SETTING_NAMES.map((name) => [variableOf(name), name]));
  const byFile = new Map(FROM_FILES.map((name) => [fileVariableOf(name), name]));
  const known = [...byVariable.keys(), ...byFile.keys(), CONFIG_VARIABLE];
  const settings: SettingOfEnvironment[] = [];
  const problems: string[] = [];
  for (const [variable, given] of Object.entries(environment)) {
    const text = trimmed(given);
    if (!variable.startsWith(PREFIX) || variable === CONFIG_VARIABLE || text === undefined) continue;
    if (isOfAService(variable, text)) continue;
    const name = byVariable.get(variable);
    const secret = byFile.get(variable);
    if (name !== undefined) settings.push({ name, value: readValue(name, text), variable });
    else if (secret !== undefined) readSecret(secret, { variable, file: text, environment }, settings, problems);
    else problems.push(unknownName(variable, 'variable', placeOf(variable), known));
  }
  return { settings, problems };
}

function readSecret(
  name: SettingName,
  {
    variable,
    file,
    environment,
  }: { readonly variable: string; readonly file: string; readonly environment: Environment },
  settings: SettingOfEnvironment[],
  problems: string[],
): void {
  if (trimmed(environment[variableOf(name)]) !== undefined) {
    problems.push(`${variable}: got a file, expected only one of ${variable} and ${variableOf(name)}`);
    return;
  }
  try {
    settings.push({ name, value: readSecretFile(file), variable });
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    problems.push(`${variable}: ${file}: ${error.message}`);
  }
}

function isOfAService(variable: string, text: string): boolean {
  return (
    OF_A_SERVICE.test(variable) ||
    OF_A_LINK.test(variable) ||
    (variable.endsWith('_PORT') && ADDRESS_OF_A_SERVICE.test(text)) ||
    (variable.endsWith('_NAME') && NAME_OF_A_LINK.test(text))
  );
}

/** The text without white space around it; undefined when nothing is left. */
function trimmed(text: string | undefined): string | undefined {
  return text?.trim() || undefined;
}

/** Shows the name of a variable only when it consists of capitals: other names may hold a secret. */
function placeOf(variable: string): string {
  return /^[A-Z_]{1,60}$/.test(variable) ? variable : 'the environment';
}
