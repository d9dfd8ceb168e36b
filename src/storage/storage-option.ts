import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Clock } from '../clock.ts';
import { OptionsError } from '../errors.ts';
import { having, type Rule, refuse } from '../option-checks.ts';
import { createStorage, STORAGE_FORMS } from './create-storage.ts';
import type { KeyStore } from './key-store.ts';
import type { MembershipStore } from './membership-store.ts';
import type { MessageStore } from './message-store.ts';
import type { ModerationStore } from './moderation-store.ts';
import type { SessionStore } from './session-store.ts';
import type { Storage } from './storage.ts';
import type { TaskStore } from './task-store.ts';

const FORMS = STORAGE_FORMS.map((form) => `'${form}'`).join(', ');
const OBJECT = having<Storage>(['open', 'close'], `${FORMS}, or an object`);
/** The methods of each store. */
const STORES = {
  sessions: stores<SessionStore>({ save: true, list: true, prune: true }),
  keys: stores<KeyStore>({
    put: true,
    find: true,
    list: true,
    touched: true,
    revokeCredential: true,
    revokeUser: true,
    changesSince: true,
  }),
  messages: stores<MessageStore>({
    save: true,
    find: true,
    list: true,
    edit: true,
    remove: true,
    react: true,
    prune: true,
  }),
  moderation: stores<ModerationStore>({
    impose: true,
    lift: true,
    sanctions: true,
    changesSince: true,
    setSlowMode: true,
    slowModes: true,
    hold: true,
    held: true,
    claimHeld: true,
    record: true,
    audit: true,
    prune: true,
    expire: true,
  }),
  tasks: stores<TaskStore>({
    create: true,
    progress: true,
    end: true,
    find: true,
    list: true,
    spend: true,
    spent: true,
    prune: true,
  }),
  memberships: stores<MembershipStore>({
    add: true,
    remove: true,
    removeAll: true,
    find: true,
    groupsOf: true,
    members: true,
    claim: true,
    answered: true,
    release: true,
    expire: true,
  }),
} satisfies Partial<Record<keyof Storage, Rule>>;

/** Rule of the option `storage`. `createStorage` checks the texts. Only the store of sessions has to be there. */
export const STORAGE: Rule = {
  read(value, at) {
    if (typeof value === 'string') return value;
    const storage = OBJECT.read(value, at) as Storage;
    for (const [topic, rule] of Object.entries(STORES)) {
      const store = storage[topic as keyof typeof STORES];
      if (store !== undefined || topic === 'sessions') rule.read(store, { ...at, name: `${at.name}.${topic}` });
    }
    return storage;
  },
};

/** @param methods All of them. */
function stores<Store>(methods: Readonly<Record<keyof Store & string, true>>): Rule {
  return having<Store>(Object.keys(methods) as (keyof Store & string)[]);
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
