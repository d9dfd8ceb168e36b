import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/** Neither settings nor a secret are longer. A larger file is something else, and may be endless. */
const MAXIMUM_BYTES = 65_536;

/** Fault of a file, in words that quote nothing of it. */
export class FileFault extends Error {}

/**
 * Reads a small file that a person has named, and that may be a wrong one.
 *
 * @param limit What the text about a file that is too long ends with, such as 'no settings are'.
 * @param check Called before the file is read; may throw a FileFault.
 * @throws {FileFault}
 */
export function readRegularFile(file: string, limit: string, check: (status: Stats) => void = () => {}): Buffer {
  const descriptor = opened(file);
  try {
    const status = fstatSync(descriptor);
    if (status.isDirectory()) throw new FileFault('it is a folder');
    if (!status.isFile()) throw new FileFault('it is no regular file');
    check(status);
    return readBytes(descriptor, limit);
  } finally {
    closeSync(descriptor);
  }
}

function opened(file: string): number {
  try {
    // Non-blocking: opening a pipe without a writer would wait for ever.
    return openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw new FileFault(whyUnread((error as NodeJS.ErrnoException).code));
  }
}

function readBytes(descriptor: number, limit: string): Buffer {
  const bytes = Buffer.alloc(MAXIMUM_BYTES + 1);
  let length = 0;
  for (;;) {
    const read = readSync(descriptor, bytes, length, bytes.length - length, null);
    length += read;
    if (length > MAXIMUM_BYTES) throw new FileFault(`it is longer than ${MAXIMUM_BYTES} bytes, and ${limit}`);
    if (read === 0) return bytes.subarray(0, length);
  }
}

function whyUnread(code: string | undefined): string {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not read it';
    default:
      return `the system says ${code}`;
  }
}
