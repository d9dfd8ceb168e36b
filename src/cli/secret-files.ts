import type { Stats } from 'node:fs';
import { FileFault, readRegularFile } from './regular-file.ts';

const OTHERS = 0o077;

/**
 * Finds out whether a file may hold a secret. One that belongs to the user who runs the server must be for this user
 * alone. One of another owner is as its owner has decided.
 *
 * @returns what is wrong, and what to do; undefined: it may.
 */
export function faultOfRights({ mode, uid }: Stats): string | undefined {
  if (uid !== process.getuid?.() || (mode & OTHERS) === 0) return undefined;
  return `other users may read it (mode 0${(mode & 0o777).toString(8)}): chmod 600`;
}

/**
 * Reads a secret from a file, as Docker and Kubernetes mount them. White space around it does not count.
 *
 * @throws {FileFault}
 */
export function readSecretFile(file: string): string {
  const bytes = readRegularFile(file, 'no secret is', (status) => {
    const fault = faultOfRights(status);
    if (fault !== undefined) throw new FileFault(fault);
  });
  const secret = bytes.toString().trim();
  if (secret === '') throw new FileFault('it is empty');
  return secret;
}
