import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** No secret is longer; a larger file is something else. */
const MAXIMUM_BYTES = 65_536;
const OTHERS = 0o077;

/** Fault of a file with a secret, as a line that quotes nothing of it. */
export class SecretFileFault extends Error {}

/**
 * Reads a secret from a file, as Docker and Kubernetes mount them. White space around it does not count.
 *
 * A file that belongs to the user who runs the server must be for this user alone. One of another owner is as its owner
 * has decided.
 *
 * @throws {SecretFileFault}
 */
export function readSecretFile(file: string): string {
  // Non-blocking: opening a pipe without a writer would wait for ever.
  const descriptor = opened(file);
  try {
    const { mode, size, uid, isFile } = statusOf(descriptor);
    if (!isFile) throw new SecretFileFault('it is no regular file');
    if (uid === process.getuid?.() && (mode & OTHERS) !== 0)
      throw new SecretFileFault(`other users may read it (mode 0${(mode & 0o777).toString(8)}): chmod 600`);
    if (size > MAXIMUM_BYTES) throw new SecretFileFault(`it is longer than ${MAXIMUM_BYTES} bytes, and no secret is`);
    const bytes = Buffer.alloc(MAXIMUM_BYTES);
    const secret = bytes
      .subarray(0, readSync(descriptor, bytes, 0, MAXIMUM_BYTES, 0))
      .toString()
      .trim();
    if (secret === '') throw new SecretFileFault('it is empty');
    return secret;
  } finally {
    closeSync(descriptor);
  }
}

function opened(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SecretFileFault(code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`);
  }
}

function statusOf(descriptor: number) {
  const status = fstatSync(descriptor);
  return { mode: status.mode, size: status.size, uid: status.uid, isFile: status.isFile() };
}
