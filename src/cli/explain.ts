import type { Settings } from './settings.ts';

/** Text that explains why the server cannot start, and which setting to change. */
export function explain(error: unknown, { port, host, data }: Settings): string {
  const { code, message, path, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'getaddrinfo') return `${host} is no address of this machine. Choose another with --host.`;
  if (path !== undefined && path !== host)
    return `the data folder ${data} cannot be made: ${message}. Choose another with --data.`;
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is taken by another program. Choose another with --port.`;
    case 'EACCES':
      return `port ${port} may not be used by this user. Choose one above 1023 with --port.`;
    case 'EADDRNOTAVAIL':
      return `${host} is no address of this machine. Choose another with --host.`;
    default:
      return message;
  }
}
