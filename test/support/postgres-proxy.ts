// A proxy in front of PostgreSQL that breaks: connections are cut before a request, or while it is answered.
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';

/** Where a connection is cut. */
export interface Cut {
  /** Number of requests, of any connection, that come through before; or a part of a request before the next COMMIT. */
  readonly after: number | string;
  /** Bytes of the answer that still come through. -1: PostgreSQL does not even get the request. */
  readonly answered: number;
}

export interface PostgresProxy {
  readonly port: number;
  /** Requests that PostgreSQL has answered, and whose answer was cut. */
  readonly lost: readonly string[];
  /** Cuts what comes now, one after the other. Later connections are not cut. */
  plan(cuts: readonly Cut[]): void;
  close(): void;
}

/** Whoever starts it has to close it. */
export async function startPostgresProxy(target: number): Promise<PostgresProxy> {
  const lost: string[] = [];
  const connections = new Set<ProxiedConnection>();
  let cuts: Cut[] = [];
  let passed: string[] = [];
  const isReached = ({ after }: Cut, request: string): boolean =>
    typeof after === 'number'
      ? passed.length >= after
      : request === 'COMMIT' && passed.some((before) => before.includes(after));
  const owner: Owner = {
    next(request) {
      const [cut] = cuts;
      if (cut === undefined || !isReached(cut, request)) {
        passed.push(request);
        return undefined;
      }
      cuts = cuts.slice(1);
      passed = [];
      return cut.answered;
    },
    lose: (request) => lost.push(request),
  };
  const listener = createServer((near) => {
    const connection = new ProxiedConnection(near, dial(target, '127.0.0.1'), owner);
    connections.add(connection);
    near.once('close', () => connections.delete(connection));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    lost,
    plan(next) {
      cuts = [...next];
      passed = [];
    },
    close() {
      listener.close();
      for (const connection of connections) connection.destroy();
    },
  };
}

interface Owner {
  /** Called for each request. @returns where it is cut; undefined: nowhere. */
  next(request: string): number | undefined;
  lose(request: string): void;
}

class ProxiedConnection {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #owner: Owner;
  /** Bytes of the client that are no whole message yet. */
  #rest = Buffer.alloc(0);
  #hasBegun = false;
  /** Texts of the statements of the request that is being read. */
  #request = '';
  /** Bytes of the answer that may still pass; undefined: all. */
  #left: number | undefined;

  constructor(near: Socket, far: Socket, owner: Owner) {
    [this.#near, this.#far, this.#owner] = [near, far, owner];
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => this.destroy());
    }
    near.on('data', (chunk) => this.#asked(chunk));
    far.on('data', (chunk) => this.#answered(chunk));
  }

  destroy(): void {
    this.#near.destroy();
    this.#far.destroy();
  }

  #asked(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (let message = this.#take(); message !== undefined; message = this.#take()) {
      const kind = this.#hasBegun ? String.fromCharCode(message[0] as number) : 'the beginning';
      this.#hasBegun = true;
      if (kind === 'Q' || kind === 'P') this.#request += message.toString('latin1', 5).replaceAll('\0', ' ');
      // The end of a request: a simple query, or the Sync behind the parts of another one.
      if (kind === 'Q' || kind === 'S') {
        this.#left = this.#owner.next(this.#request.trim());
        if (this.#left === -1) {
          this.destroy();
          return;
        }
        if (this.#left === undefined) this.#request = '';
      }
      this.#far.write(message);
    }
  }

  #answered(chunk: Buffer): void {
    if (this.#left === undefined) {
      this.#near.write(chunk);
      return;
    }
    if (this.#left < chunk.length) this.#owner.lose(this.#request.trim());
    this.#near.write(chunk.subarray(0, this.#left), () => this.destroy());
  }

  /** The next whole message. The first one has no letter for its kind. */
  #take(): Buffer | undefined {
    const letter = this.#hasBegun ? 1 : 0;
    if (this.#rest.length < letter + 4) return undefined;
    const size = letter + this.#rest.readUInt32BE(letter);
    if (this.#rest.length < size) return undefined;
    const message = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    return message;
  }
}
