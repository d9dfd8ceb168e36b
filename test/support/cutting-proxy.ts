// A TCP proxy that breaks: each WebSocket is cut after a number of bytes, counted in both directions together.
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

const ACCEPTED = 'HTTP/1.1 101';
const END_OF_HEAD = '\r\n\r\n';

export interface CuttingProxy {
  readonly port: number;
  /** Number of WebSockets that have been cut. */
  readonly cuts: number;
  /** Cuts the WebSockets that are open now. */
  cut(): void;
}

/**
 * @param budgets Number of bytes that each WebSocket may carry, one after the other; later ones are not cut. The answer
 * to the upgrade does not count, since a client that never gets it does not try again.
 */
export async function startCuttingProxy(target: number, budgets: readonly number[]): Promise<CuttingProxy> {
  const left = [...budgets];
  const connections = new Set<ProxiedConnection>();
  let cuts = 0;
  const listener = createServer((near) => {
    const connection: ProxiedConnection = new ProxiedConnection(near, dial(target, '127.0.0.1'), {
      budget: () => left.shift() ?? Number.POSITIVE_INFINITY,
      wasCut: () => {
        cuts += 1;
      },
      ended: () => connections.delete(connection),
    });
    connections.add(connection);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const connection of connections) connection.destroy();
    listener.close();
  });
  return {
    port: (listener.address() as AddressInfo).port,
    get cuts() {
      return cuts;
    },
    cut: () => {
      for (const connection of connections) connection.cut();
    },
  };
}

interface ConnectionOwner {
  budget(): number;
  wasCut(): void;
  ended(): void;
}

class ProxiedConnection {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #owner: ConnectionOwner;
  /** Bytes that it may still carry; undefined when it carries no WebSocket. */
  #left: number | undefined;

  constructor(near: Socket, far: Socket, owner: ConnectionOwner) {
    this.#near = near;
    this.#far = far;
    this.#owner = owner;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.setNoDelay(true);
      from.on('error', () => {});
      from.on('close', () => this.destroy());
      from.on('data', (chunk) => this.#carry(chunk, from, to));
    }
  }

  cut(): void {
    if (this.#left === undefined) return;
    this.#left = undefined;
    this.#owner.wasCut();
    this.destroy();
  }

  destroy(): void {
    this.#near.destroy();
    this.#far.destroy();
    this.#owner.ended();
  }

  #carry(chunk: Buffer, from: Socket, to: Socket): void {
    const free = from === this.#far ? this.#headOf(chunk) : 0;
    if (this.#left === undefined) {
      to.write(chunk);
      return;
    }
    const rest = chunk.length - free;
    if (rest < this.#left) {
      this.#left -= rest;
      to.write(chunk);
      return;
    }
    const last = chunk.subarray(0, free + this.#left);
    // The last bytes still arrive, and nothing after them.
    to.write(last, () => this.cut());
    from.pause();
  }

  /** Number of bytes of this chunk that belong to the answer to an upgrade. A WebSocket begins after them. */
  #headOf(chunk: Buffer): number {
    if (this.#left !== undefined) return 0;
    const text = chunk.toString('latin1');
    if (!text.startsWith(ACCEPTED)) return 0;
    this.#left = this.#owner.budget();
    return text.indexOf(END_OF_HEAD) + END_OF_HEAD.length;
  }
}
