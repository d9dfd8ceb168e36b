import { FileFault, readRegularFile } from './regular-file.ts';

const OTHERS = 0o077;

/**
 * Reads a secret from a file, as Docker and Kubernetes mount them. White space around it does not count.
 *
 * A file that belongs to the user who runs the server must be for this user alone. One of another owner is as its owner
 * has decided.
 *
 * @throws {FileFault}
 */
export function readSecretFile(file: string): string {
  const bytes = readRegularFile(file, 'no secret is', ({ mode, uid }) => {
    if (uid === process.getuid?.() && (mode & OTHERS) !== 0)
      throw new FileFault(`other users may read it (mode 0${(mode & 0o777).toString(8)}): chmod 600`);
  });
  const secret = bytes.toString().trim();
  if (secret === '') throw new FileFault('it is empty');
  return secret;
}
