import { type Clock, systemClock } from '../clock.ts';
import { OptionsError } from '../errors.ts';
import { MemoryStorage } from './memory.ts';
import { POSTGRES_FORM } from './postgres/postgres-url.ts';
import { PostgresStorage } from './postgres.ts';
import { SqliteStorage } from './sqlite.ts';
import type { Storage } from './storage.ts';

/** A kind of storage. */
interface Kind {
  /** How its URL is written. */
  readonly form: string;
  /**
   * @param place What follows the scheme and its colon.
   * @returns undefined for a place that cannot be one. It is shown then.
   * @throws {OptionsError} for one that must not be shown.
   */
  create(place: string, clock: Clock, workerFile: URL | undefined): Storage | undefined;
}

const POSTGRES: Kind = {
  form: POSTGRES_FORM,
  create: (place, clock) => new PostgresStorage(`postgres:${place}`, clock),
};

/** By the schemes of their URLs. */
const KINDS = new Map<string, Kind>([
  [
    'memory',
    { form: 'memory:', create: (place, clock) => (place === '' ? new MemoryStorage(undefined, clock) : undefined) },
  ],
  [
    'sqlite',
    {
      form: 'sqlite:PATH',
      // SQLite's own ':memory:' would be a database for the worker alone.
      create: (place, clock, workerFile) =>
        place.trim() === '' || place === ':memory:' ? undefined : new SqliteStorage(place, clock, workerFile),
    },
  ],
  ['postgres', POSTGRES],
  ['postgresql', POSTGRES],
]);

/** Forms of the URLs that `createStorage` knows, for texts. */
export const STORAGE_FORMS: readonly string[] = [...new Set([...KINDS.values()].map(({ form }) => form))];

/**
 * Creates a storage by its URL: `memory:`, `sqlite:PATH` with a path relative to the working directory, or one of
 * PostgreSQL.
 *
 * @param workerFile The file of SQLite's thread. Default: the package's own.
 * @throws {OptionsError} for anything else. For an unknown scheme the text shows nothing else of the URL: addresses of
 *   databases hold passwords.
 */
export function createStorage(url: string, clock: Clock = systemClock, workerFile?: URL): Storage {
  const colon = url.indexOf(':');
  const scheme = colon < 0 ? url : url.slice(0, colon);
  const kind = KINDS.get(scheme);
  const storage = colon < 0 ? undefined : kind?.create(url.slice(colon + 1), clock, workerFile);
  if (storage !== undefined) return storage;
  const shown = kind !== undefined || colon < 0 ? url : `${scheme}:...`;
  throw new OptionsError(`storage is ${JSON.stringify(shown)}, but it must be ${STORAGE_FORMS.join(' or ')}.`);
}
