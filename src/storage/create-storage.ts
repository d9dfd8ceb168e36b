import { type Clock, systemClock } from '../clock.ts';
import { OptionsError } from '../errors.ts';
import { MemoryStorage } from './memory.ts';
import { SqliteStorage } from './sqlite.ts';
import type { Storage } from './storage.ts';

/**
 * Creates a storage by its name: `memory:`, or `sqlite:PATH` with a path relative to the working directory.
 *
 * @throws {OptionsError} for anything else. The text shows only the part before the colon: database addresses hold
 *   passwords.
 */
export function createStorage(name: string, clock: Pick<Clock, 'wallNow'> = systemClock): Storage {
  const [, kind = '', place = ''] = /^([^:]*):?(.*)$/s.exec(name) ?? [];
  if (kind === 'memory' && place === '' && name.endsWith(':')) return new MemoryStorage(undefined, clock);
  if (kind === 'sqlite' && place.trim() !== '' && place !== ':memory:') return new SqliteStorage(place, clock);
  throw new OptionsError(`storage is ${JSON.stringify(shown(kind, name))}, but it must be memory: or sqlite:PATH.`);
}

function shown(kind: string, name: string): string {
  return kind === 'memory' || kind === 'sqlite' ? name : `${kind}${name.includes(':') ? ':...' : ''}`;
}
