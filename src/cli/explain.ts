import { BackplaneError } from '../backplane/backplane.ts';
import { isA } from '../errors.ts';
import type { Settings } from './settings.ts';
import { storageOf } from './standalone-storage.ts';

/** Why a folder cannot be made, by the code of the error. */
const FOLDER_FAULTS: Readonly<Record<string, string>> = {
  EEXIST: 'is a file, or something else that is no folder',
  ENOTDIR: 'is below a file',
  ENAMETOOLONG: 'has too long a name',
  EACCES: 'may not be made by this user',
  EPERM: 'is in a place where the system has no new folders',
  ENOENT: 'is in a place where the system has no new folders',
  EROFS: 'is on a disk that is read-only',
  ENOSPC: 'is on a disk that is full',
};

/** Text that explains why the server cannot start, and which setting to change. */
export function explain(error: unknown, settings: Settings): string {
  if (isA(BackplaneError, error)) return explainBackplane(error as BackplaneError);
  const { port, host } = settings;
  const { code = '', message, syscall, path = '' } = error as NodeJS.ErrnoException;
  if (syscall === 'mkdir' || syscall === 'chmod') {
    const fault = FOLDER_FAULTS[code] ?? `is refused by the system (${code})`;
    const { folder } = storageOf(settings);
    const which = path === folder ? 'it' : path;
    const [what, flag] =
      settings.storage === undefined ? ['data folder', '--data'] : ['folder of the database', '--storage'];
    return `the ${what} ${folder} cannot be made: ${which} ${fault}. Choose another with ${flag}.`;
  }
  if (syscall === 'uv_cwd') return 'the folder from which it was started is no longer there. Start it from another.';
  if (syscall === 'getaddrinfo') return `${host} is no address of this machine. Choose another with --host.`;
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is taken by another program. Choose another with --port.`;
    case 'EACCES':
      return `port ${port} may not be used by this user. Choose one above 1023 with --port.`;
    // EINVAL: a link-local address of IPv6 without its interface.
    case 'EINVAL':
    case 'EADDRNOTAVAIL':
      return `${host} is no address of this machine. Choose another with --host.`;
    default:
      return message;
  }
}

/** The message, and the setting that has to be another one. */
function explainBackplane({ problem, message }: BackplaneError): string {
  return `${problem === 'node-id-taken' ? 'nodeId' : 'backplane'}: ${message}`;
}
