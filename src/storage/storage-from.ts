import { OptionsError } from '../errors.ts';
import { MemoryStorage } from './memory.ts';
import { SqliteStorage } from './sqlite.ts';
import type { Storage } from './storage.ts';

/**
 * A storage by its name: `memory:`, or `sqlite:PATH` with a path that is taken from the working directory.
 *
 * @throws {OptionsError} for anything else. The text shows no more than the part before the colon: addresses of databases
 * hold passwords.
 */
export function storageFrom(name: string): Storage {
  const [, kind = '', place = ''] = /^([^:]*):?(.*)$/s.exec(name) ?? [];
  if (kind === 'memory' && place === '' && name.endsWith(':')) return new MemoryStorage();
  if (kind === 'sqlite' && place.trim() !== '' && place !== ':memory:') return new SqliteStorage(place);
  throw new OptionsError(`storage is ${JSON.stringify(shown(kind, name))}, but it must be memory: or sqlite:PATH.`);
}

function shown(kind: string, name: string): string {
  return kind === 'memory' || kind === 'sqlite' ? name : `${kind}${name.includes(':') ? ':...' : ''}`;
}
