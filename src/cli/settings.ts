import { z } from 'zod';
import { EXPECTED_TOKEN, isToken, SHORTEST_TOKEN } from '../http/access-token.ts';
import { EXPECTED_ADDRESS, EXPECTED_HOST, isAddressSetting, isHostSetting } from '../http/hosts.ts';
import { EXPECTED_ORIGIN, isOriginSetting } from '../http/origins.ts';
import { LOG_LEVELS } from '../log.ts';
import { AUTH_KINDS, AUTH_SETTINGS } from './auth-settings.ts';
import { BACKPLANE_KINDS, BACKPLANE_SETTINGS, backplaneHoldsPassword } from './backplane-settings.ts';
import { CHAT_KINDS, CHAT_SETTINGS } from './chat-settings.ts';
import { RATE_KINDS, RATE_SETTINGS } from './rate-settings.ts';
import { RETENTION_KINDS, RETENTION_SETTINGS } from './retention-settings.ts';
import { holdsPassword, STORAGE_KINDS, STORAGE_SETTINGS } from './storage-settings.ts';

/** A text that can be printed, and used as a path. */
const text = z
  .string()
  .min(1, { abort: true })
  .regex(/^\P{Cc}*$/u, { error: 'a text without control characters', abort: true });

/** Settings of the standalone server. Flags, environment and file share this schema. */
export const Settings = z.object({
  port: z.int().min(0).max(65_535).default(5080).describe('TCP port; 0: any free one'),
  host: text.refine(isAddressSetting, EXPECTED_ADDRESS).default('127.0.0.1').describe('address to listen on'),
  data: text
    .regex(/\S/, 'more than white space')
    .default('./data')
    .describe('folder of the database, unless storage names one'),
  ...STORAGE_SETTINGS,
  ...BACKPLANE_SETTINGS,
  origins: z
    .array(z.string().refine(isOriginSetting, EXPECTED_ORIGIN))
    .default([])
    .describe('other origins whose pages may connect, such as https://app.example'),
  hosts: z
    .array(z.string().refine(isHostSetting, EXPECTED_HOST))
    .default([])
    .describe('hosts that requests may name, beside this machine and those of origins; *: any'),
  drainMs: z.int().min(0).max(3_600_000).default(10_000).describe('how long running calls may take at shutdown, in ms'),
  drainDelayMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(0)
    .describe('how long /readyz says before the shutdown that it comes, in ms'),
  keepAliveTimeoutMs: z
    .int()
    .min(1)
    .max(3_600_000)
    .default(75_000)
    .describe('how long an idle HTTP connection stays open, in ms; longer than a proxy keeps it'),
  maximumWaitingBytes: z
    .int()
    .min(1)
    .default(67_108_864)
    .describe('what clients have sent and the server has not done yet, all together, in bytes'),
  inspect: z.boolean().default(false).describe('open the XState inspector at /inspect'),
  inspectToken: z
    .string()
    .min(SHORTEST_TOKEN, { abort: true })
    .refine(isToken, EXPECTED_TOKEN)
    .optional()
    .describe('lets inspectors in from elsewhere than this machine'),
  logLevel: z.enum(LOG_LEVELS).default('info').describe('what is logged'),
  ...RATE_SETTINGS,
  ...RETENTION_SETTINGS,
  ...AUTH_SETTINGS,
  ...CHAT_SETTINGS,
});
export type Settings = z.infer<typeof Settings>;
export type SettingName = keyof Settings;

export const SETTING_NAMES = Object.keys(Settings.shape) as readonly SettingName[];

/** Kinds of settings: how each is written as text, in a flag or in the environment. */
const KINDS: Readonly<Record<SettingName, 'text' | 'number' | 'flag' | 'list'>> = {
  port: 'number',
  host: 'text',
  data: 'text',
  ...STORAGE_KINDS,
  ...BACKPLANE_KINDS,
  origins: 'list',
  hosts: 'list',
  drainMs: 'number',
  drainDelayMs: 'number',
  keepAliveTimeoutMs: 'number',
  maximumWaitingBytes: 'number',
  inspect: 'flag',
  inspectToken: 'text',
  logLevel: 'text',
  ...RATE_KINDS,
  ...RETENTION_KINDS,
  ...AUTH_KINDS,
  ...CHAT_KINDS,
};

/** Secrets. They are no flags, which every user of the machine can see, and no line shows them. */
export const SECRETS: readonly SettingName[] = ['inspectToken', 'masterKey', 'auth.jwt.secret', 'backplaneSecret'];

/** Addresses that may hold a password. Those that do are no flags, either. */
const ADDRESSES: Partial<Readonly<Record<SettingName, (url: string) => boolean>>> = {
  storage: holdsPassword,
  backplane: backplaneHoldsPassword,
};

/** Settings that may come from a file that the environment names, as secrets are mounted. */
export const FROM_FILES: readonly SettingName[] = [...SECRETS, 'storage', 'backplane'];

/** Settings that are flags, too. */
export const FLAGGED = SETTING_NAMES.filter((name) => !SECRETS.includes(name));

/** Whether a value is a secret, or holds one, whatever it is otherwise. */
export function isSecret(name: SettingName, value: unknown): boolean {
  return SECRETS.includes(name) || (typeof value === 'string' && ADDRESSES[name]?.(value) === true);
}

export function kindOf(name: SettingName): 'text' | 'number' | 'flag' | 'list' {
  return KINDS[name];
}

/** `logLevel` as `--log-level`, `auth.jwt.jwksUrl` as `--auth-jwt-jwks-url`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll('.', '-').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `auth.jwt.issuer` as `authJwtIssuer`, which is what Commander makes of its flag. */
export function attributeOf(name: string): string {
  return name.replaceAll(/\.(\w)/g, (_dot, letter: string) => letter.toUpperCase());
}

/** `inspect` as `--no-inspect`, which sets a flag to false whatever the environment and the file say. */
export function noFlagOf(name: string): string {
  return flagOf(name).replace('--', '--no-');
}

/** `logLevel` as `SIGNALBOX_LOG_LEVEL`, `auth.jwt.jwksUrl` as `SIGNALBOX_AUTH_JWT_JWKS_URL`. */
export function variableOf(name: string): string {
  return `SIGNALBOX_${name
    .replaceAll('.', '_')
    .replaceAll(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase()}`;
}

/** The variable with the name of a file that holds a secret. */
export function fileVariableOf(secret: SettingName): string {
  return `${variableOf(secret)}_FILE`;
}

/**
 * Converts a text to the value that the schema checks. A text that is no number or no flag stays as it is: the schema
 * rejects it.
 */
export function readValue(name: SettingName, text: string): unknown {
  switch (kindOf(name)) {
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
    case 'flag':
      return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text;
    case 'list':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    case 'text':
      return text;
  }
}
