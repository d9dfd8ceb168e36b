import { having, type Rule } from '../option-checks.ts';
import { STORAGE_FORMS } from './create-storage.ts';
import type { SessionStore } from './session-store.ts';
import type { Storage } from './storage.ts';

const FORMS = STORAGE_FORMS.map((form) => `'${form}'`).join(', ');
const OBJECT = having<Storage>(['open', 'close'], `${FORMS}, or an object`);
const SESSIONS = having<SessionStore>(['save', 'list']);

/** Rule of the option `storage`. `createStorage` checks the texts. */
export const STORAGE: Rule = {
  read(value, at) {
    if (typeof value === 'string') return value;
    const storage = OBJECT.read(value, at) as Storage;
    SESSIONS.read(storage.sessions, { ...at, name: `${at.name}.sessions` });
    return storage;
  },
};
