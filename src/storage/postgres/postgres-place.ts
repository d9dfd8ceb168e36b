import { hostname } from 'node:os';
import type { PostgresAddress } from './postgres-url.ts';

type Place = Pick<PostgresAddress, 'host' | 'port' | 'database'>;

/** Folders of Unix sockets, and addresses that lead to another PostgreSQL on each machine. */
const OF_THIS_MACHINE = /^(\/|localhost$|127\.|::1$)/;

/** Host, port and database, for texts. */
export function placeOf({ host, port, database }: Place): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
}

/** Text that all nodes have in common that use these tables, and no others: `Storage.place`. */
export function sharedPlaceOf(address: Place & Pick<PostgresAddress, 'schema'>): string {
  const machine = OF_THIS_MACHINE.test(address.host) ? `${hostname()}:` : '';
  return `postgres:${machine}${placeOf(address)}/${address.schema}`;
}
