import { dirname, join } from 'node:path';
import { placeOf } from '../storage/postgres/postgres-place.ts';
import { readPostgresUrl } from '../storage/postgres/postgres-url.ts';
import type { Settings } from './settings.ts';
import { holdsPassword } from './storage-settings.ts';

/** The storage that settings name. */
export interface StandaloneStorage {
  /** It may hold a password. */
  readonly url: string;
  /** For people: it shows no password, and no user. */
  readonly shown: string;
  /** Path of a SQLite database; undefined: it is no such database. */
  readonly path: string | undefined;
  /** Folder of that database, which has to be made if it is missing. */
  readonly folder: string | undefined;
  /** Flags with which a command finds it; empty: there are none, since it may not be a flag. */
  readonly flags: string;
}

const SQLITE = 'sqlite:';

/** The storage of the standalone server: by default a SQLite database in the data folder. */
export function storageOf({ storage, data }: Pick<Settings, 'storage' | 'data'>): StandaloneStorage {
  if (storage === undefined) {
    const path = join(data, 'signalbox.db');
    return { url: SQLITE + path, shown: path, path, folder: data, flags: ` --data ${data}` };
  }
  const flags = holdsPassword(storage) ? '' : ` --storage ${storage}`;
  if (!storage.startsWith(SQLITE))
    return { url: storage, shown: shownUrl(storage), path: undefined, folder: undefined, flags };
  const path = storage.slice(SQLITE.length);
  return { url: storage, shown: path, path, folder: dirname(path), flags };
}

/** A storage for people: of PostgreSQL its host, port and database. */
export function shownUrl(url: string): string {
  if (/^(?:sqlite|memory):/.test(url)) return url;
  return `postgres://${placeOf(readPostgresUrl(url))}`;
}
