import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { BackplaneError } from '../backplane.ts';
import type { TlsFiles } from './redis-url.ts';

/**
 * Reads the files, each time that a connection is made: certificates are renewed. Who has signed the certificate, and
 * its host, are always checked.
 *
 * @returns settings for `tls.connect`.
 * @throws {BackplaneError} for a file that cannot be read.
 */
export async function readTlsFiles({ ca, cert, key, servername }: TlsFiles, host: string): Promise<ConnectionOptions> {
  const [caText, certText, keyText] = await Promise.all([
    contentOf('ca', ca),
    contentOf('cert', cert),
    contentOf('key', key),
  ]);
  const name = servername ?? (isIP(host) === 0 ? host : undefined);
  return {
    ...(caText === undefined ? {} : { ca: caText }),
    ...(certText === undefined ? {} : { cert: certText }),
    ...(keyText === undefined ? {} : { key: keyText }),
    ...(name === undefined ? {} : { servername: name }),
  };
}

async function contentOf(parameter: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    const { code } = thrown as { readonly code?: unknown };
    throw new BackplaneError(
      'refused',
      `${path}, which the URL of Redis names as ${parameter}, cannot be read (${code}): check that it is there.`,
    );
  }
}
