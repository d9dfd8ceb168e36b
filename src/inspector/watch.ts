import { queryValues } from '../http/request-info.ts';
import type { InspectedActor } from './wire.ts';

/**
 * Filter of the actors that an inspector wants to see: all, or those that it has named. Checked first, for every event.
 */
export class Watch {
  readonly #ids: ReadonlySet<string> | undefined;

  /** @param ids undefined: all actors. */
  constructor(ids?: Iterable<string>) {
    this.#ids = ids === undefined ? undefined : new Set(ids);
  }

  /**
   * Reads `?watch=ID`, repeated or with commas: connection ids, the names of services (`node`, `broadcast:/hubs/chat`,
   * `supervisor`, `polls:CONNECTION`) or session ids (`x:7`). They need not exist yet.
   */
  static of(query: URLSearchParams): Watch {
    const ids = queryValues(query, 'watch').flatMap((value) => value.split(','));
    const named = ids.map((id) => id.trim()).filter((id) => id !== '');
    return named.length === 0 ? new Watch() : new Watch(named);
  }

  /** Number of named actors; 0: all actors. */
  get size(): number {
    return this.#ids?.size ?? 0;
  }

  includes({ id, sessionId }: InspectedActor): boolean {
    return this.#ids === undefined || this.#ids.has(id) || this.#ids.has(sessionId);
  }
}
