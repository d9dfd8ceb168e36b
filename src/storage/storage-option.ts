import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Clock } from '../clock.ts';
import { OptionsError } from '../errors.ts';
import { having, type Rule, refuse } from '../option-checks.ts';
import { createStorage, STORAGE_FORMS } from './create-storage.ts';
import {
  KEY_METHODS,
  MEMBERSHIP_METHODS,
  MESSAGE_METHODS,
  MODERATION_METHODS,
  SESSION_METHODS,
  TASK_METHODS,
} from './rows/store-methods.ts';
import type { Storage } from './storage.ts';

const FORMS = STORAGE_FORMS.map((form) => `'${form}'`).join(', ');
const OBJECT = having<Storage>(['open', 'close'], `${FORMS}, or an object`);
const STORES = {
  sessions: store(SESSION_METHODS),
  keys: store(KEY_METHODS),
  messages: store(MESSAGE_METHODS),
  moderation: store(MODERATION_METHODS),
  tasks: store(TASK_METHODS),
  memberships: store(MEMBERSHIP_METHODS),
} satisfies Partial<Record<keyof Storage, Rule>>;

/** Rule of the option `storage`. `createStorage` checks the texts. Only the store of sessions has to be there. */
export const STORAGE: Rule = {
  read(value, at) {
    if (typeof value === 'string') return value;
    const storage = OBJECT.read(value, at) as Storage;
    for (const [topic, rule] of Object.entries(STORES)) {
      const given = storage[topic as keyof typeof STORES];
      if (given !== undefined || topic === 'sessions') rule.read(given, { ...at, name: `${at.name}.${topic}` });
    }
    return storage;
  },
};

function store(methods: Readonly<Record<string, true>>): Rule {
  return having<Record<string, unknown>>(Object.keys(methods));
}

/** Rule of the option `sqliteWorker`: makes a URL of a file of each form. */
export const SQLITE_WORKER: Rule = {
  read(value, at) {
    return fileUrl(value) ?? refuse(value, at, 'a file: its path, or its URL as import.meta.resolve has it');
  },
};

/**
 * Makes the storage of a server.
 *
 * @throws {OptionsError} for a text that names no storage, and for a worker of a storage that has none.
 */
export function resolveStorage(
  { storage, sqliteWorker }: { readonly storage?: string | Storage; readonly sqliteWorker?: string | URL },
  clock: Clock,
): Storage | undefined {
  if (sqliteWorker !== undefined && !(typeof storage === 'string' && storage.startsWith('sqlite:')))
    throw new OptionsError("createServer: sqliteWorker is the file of a thread that only storage: 'sqlite:PATH' has.");
  // The rule of the option has made it a URL.
  return typeof storage === 'string' ? createStorage(storage, clock, sqliteWorker as URL | undefined) : storage;
}

/** A scheme of two letters or more: one letter is a drive of Windows. */
const SCHEME = /^[a-z][a-z\d+.-]+:/i;

/** undefined for what names no file of this machine. */
function fileUrl(value: unknown): URL | undefined {
  try {
    if (value instanceof URL) return pathToFileURL(fileURLToPath(value));
    if (typeof value !== 'string' || value === '') return undefined;
    return pathToFileURL(SCHEME.test(value) ? fileURLToPath(value) : resolve(value));
  } catch {
    return undefined;
  }
}
