import { createHash } from 'node:crypto';
import { ProtocolError } from '../../errors.ts';
import { errorTexts } from '../../protocol/error-texts.ts';

/** Number of ended ids that are remembered. */
const REMEMBERED = 200;
/** Number of ids that a client may name without ever having had them; at this number its connection ends. */
export const MAXIMUM_UNKNOWN_IDS = 100;
/** A longer id is remembered by its digest, so that the memory is bounded whatever clients choose. */
const LONGEST_KEPT = 64;

/**
 * Ended ids of one connection: of answered calls, and of streams that ended or were refused. A client may still name
 * them, because the news of the end is on its way. An honest client names no id that it never had.
 *
 * Remembering is an append, because it happens with every call. Looking an id up is a search, because it happens
 * rarely.
 */
export class EndedIds {
  #ids: string[] = [];
  #next = 0;
  #unknown = 0;

  remember(id: string): void {
    this.#ids[this.#next] = keyOf(id);
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /** Whether the connection had this id. An id that the client still names is remembered anew. */
  has(id: string): boolean {
    const key = keyOf(id);
    const at = this.#ids.indexOf(key);
    if (at === -1) return false;
    const age = (this.#next - at + REMEMBERED) % REMEMBERED;
    if (age > REMEMBERED / 2) this.remember(id);
    return true;
  }

  /** Counts an id that the client never had. @throws {ProtocolError} when there are too many. */
  countUnknown(): void {
    this.#unknown += 1;
    if (this.#unknown >= MAXIMUM_UNKNOWN_IDS) throw new ProtocolError(errorTexts.tooManyUnknownIds(this.#unknown));
  }
}

function keyOf(id: string): string {
  return id.length <= LONGEST_KEPT ? id : createHash('sha256').update(id).digest('base64');
}
