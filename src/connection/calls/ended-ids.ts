import { createHash } from 'node:crypto';
import { ProtocolError } from '../../errors.ts';
import { errorTexts } from '../../protocol/error-texts.ts';

/** Number of ended ids that are remembered. */
const REMEMBERED = 200;
/** Number of ids that a client names and never had at which its connection ends. */
export const MAXIMUM_UNKNOWN_IDS = 100;
/** A longer id is remembered by its digest, so that the memory is bounded whatever clients choose. */
const LONGEST_KEPT = 64;

/**
 * The ids of one connection that name nothing any more: its calls that were answered, its streams that ended or were refused.
 * A client may still speak of them, because it has not heard of the end; of ids that it never had no honest client speaks.
 *
 * Remembering is an append, as it happens with every call; looking for one is a search, as it happens to stragglers only.
 */
export class EndedIds {
  #ids: string[] = [];
  #next = 0;
  #unknown = 0;

  remember(id: string): void {
    this.#ids[this.#next] = keyOf(id);
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /** Whether the connection had it. One that is still spoken of is not forgotten, however long that goes on. */
  has(id: string): boolean {
    const key = keyOf(id);
    const at = this.#ids.indexOf(key);
    if (at === -1) return false;
    const age = (this.#next - at + REMEMBERED) % REMEMBERED;
    if (age > REMEMBERED / 2) this.remember(id);
    return true;
  }

  /** The client has spoken of an id that it never had. @throws {ProtocolError} when it has done so too often. */
  countUnknown(): void {
    this.#unknown += 1;
    if (this.#unknown >= MAXIMUM_UNKNOWN_IDS) throw new ProtocolError(errorTexts.tooManyUnknownIds(this.#unknown));
  }
}

function keyOf(id: string): string {
  return id.length <= LONGEST_KEPT ? id : createHash('sha256').update(id).digest('base64');
}
