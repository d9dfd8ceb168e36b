import { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Client, ClientConfig } from 'pg';
import type { Pg } from './postgres-package.ts';
import type { PostgresAddress } from './postgres-url.ts';

/** A connection to PostgreSQL. */
export interface CuttableClient extends Client {
  /** Ends the connection at once. Who ends it in order waits for the server, which may never answer. */
  cut(): void;
}

/** What clients of the pool need to know. */
export interface ClientParts {
  readonly address: PostgresAddress;
  /** Time for a connection, until it can be used. */
  readonly connectMs: number;
  /** Settings of TLS for the next connection; undefined: none. */
  tls(): ConnectionOptions | undefined;
  /** Called with each socket before it is used. */
  opening(socket: Socket): void;
}

/** Time after which TCP asks whether an idle connection is still there. */
const KEEP_ALIVE_MS = 10_000;
const INT8 = 20;
const INT8_ARRAY = 1_016;

/** Makes the class of the clients of a pool, which makes them without arguments of ours. */
export function clientClass({ Client, types }: Pg, parts: ClientParts): new () => CuttableClient {
  const { host, port, database, user, password, tls, passed } = parts.address;
  /** Numbers of 8 bytes as numbers: ours are moments and counts, far below 2 ** 53. */
  const getTypeParser = ((oid: number, format?: 'text') => {
    if (oid === INT8) return Number;
    const parse = types.getTypeParser(oid, format);
    return oid === INT8_ARRAY ? (text: string) => (parse(text) as string[]).map(Number) : parse;
  }) as typeof types.getTypeParser;

  const config = (socket: Socket): ClientConfig => ({
    application_name: 'signalbox',
    ...passed,
    host,
    port,
    database,
    // Without them pg looks for them in its own places.
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    // Never without TLS when it is asked for.
    ssl: tls === undefined ? false : (parts.tls() ?? true),
    sslnegotiation: tls?.isDirect === true ? 'direct' : 'postgres',
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    connectionTimeoutMillis: parts.connectMs,
    types: { getTypeParser },
    stream: () => socket,
  });

  return class extends Client implements CuttableClient {
    readonly #socket: Socket;

    constructor() {
      const socket = new Socket();
      super(config(socket));
      this.#socket = socket;
      // What ends the connection rejects its queries, too. Without a listener it would be an uncaught exception, also
      // in the moment between two owners of the client: PostgreSQL may say that it is ready and that it ends at once.
      this.on('error', () => {});
      parts.opening(socket);
    }

    cut(): void {
      this.#socket.destroy();
    }
  };
}
