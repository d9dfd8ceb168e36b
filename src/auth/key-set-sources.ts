import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Where a key set comes from. */
export interface KeySetSource {
  /** Place for the log. A query may hold a secret, so it is left out. */
  readonly from: string;
  /**
   * Resolves with the text of the key set.
   *
   * @throws {KeySetError} when it cannot be had.
   */
  load(signal: AbortSignal): Promise<string>;
}

/** A key set cannot be had. The text quotes nothing of an answer. */
export class KeySetError extends Error {
  override name = 'KeySetError';
}

/** Providers have a few keys, of about a kilobyte each. */
const MAXIMUM_BYTES = 262_144;
const TOO_LARGE = 'it has more than 262,144 bytes';
const ACCEPT = 'application/jwk-set+json, application/json';

export function keySetFile(path: string): KeySetSource {
  return {
    from: path,
    async load(signal) {
      try {
        return await readFile(path, { encoding: 'utf8', signal });
      } catch (error) {
        throw unreadable(error);
      }
    },
  };
}

/** Text of a file, at once. @throws {KeySetError} when it cannot be read. */
export function textOfFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(error);
  }
}

export function keySetAddress(url: URL): KeySetSource {
  return {
    from: url.origin + url.pathname,
    async load(signal) {
      try {
        // Whoever may redirect is not who the option names.
        const response = await fetch(url, { signal, redirect: 'manual', headers: { accept: ACCEPT } });
        if (response.status !== 200) {
          await response.body?.cancel();
          throw new KeySetError(`the status is ${response.status}`);
        }
        return await textOf(response);
      } catch (error) {
        throw signal.aborted ? new KeySetError('it took too long') : unreadable(error);
      }
    },
  };
}

/** The body, decompressed, as long as it is not too large. */
async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    // Leaving the loop cancels the rest.
    if (bytes > MAXIMUM_BYTES) throw new KeySetError(TOO_LARGE);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `fetch` fails with a TypeError, whose cause has the code of Node. */
function unreadable(error: unknown): KeySetError {
  if (error instanceof KeySetError) return error;
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return new KeySetError(`it cannot be read (${String(cause?.code ?? code ?? 'unknown')})`, { cause: error });
}
