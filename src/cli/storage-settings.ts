import { z } from 'zod';
import { isA, OptionsError } from '../errors.ts';
import { createStorage, STORAGE_FORMS } from '../storage/create-storage.ts';
import { readPostgresUrl } from '../storage/postgres/postgres-url.ts';
import { mayHoldPassword } from './url-passwords.ts';

const FORMS = STORAGE_FORMS.join(' or ');
/** Storages whose addresses are no addresses of a network, and hold no password. */
const LOCAL = /^(?:sqlite|memory):/;
/** The beginning of what is wrong with a URL of PostgreSQL. The rest shows nothing of it. */
const OF_POSTGRES = /^storage is "postgres:\.\.\.", but /;

/** Settings of the storage. */
export const STORAGE_SETTINGS = {
  storage: z
    .string()
    .superRefine((url, context) => {
      const expected = faultOf(url);
      if (expected !== undefined) context.addIssue({ code: 'custom', message: expected });
    })
    .optional()
    .describe(`the database: ${FORMS}; one with a password is no flag (default: sqlite: and the folder of data)`),
} as const;

/** How each is written as text, in a flag or in the environment. */
export const STORAGE_KINDS: Readonly<Record<keyof typeof STORAGE_SETTINGS, 'text'>> = { storage: 'text' };

/** Whether a URL of a storage holds a password, or may hold one. */
export function holdsPassword(url: string): boolean {
  return !LOCAL.test(url) && mayHoldPassword(url, (text) => [readPostgresUrl(text).password]);
}

/** What would have been expected in place of a URL, in words that quote nothing of it; undefined: it can be used. */
function faultOf(url: string): string | undefined {
  if (!/^\P{Cc}*$/u.test(url)) return 'a text without control characters';
  try {
    createStorage(url);
    return undefined;
  } catch (error) {
    if (!isA(OptionsError, error)) throw error;
    const { message } = error as OptionsError;
    return OF_POSTGRES.test(message) ? `a URL of PostgreSQL: ${message.replace(OF_POSTGRES, '')}` : FORMS;
  }
}
