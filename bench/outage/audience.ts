import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Latencies } from '../load/latencies.ts';

const HANDSHAKE = '{"protocol":"json","version":1}\x1e';
const MESSAGE = `{"type":1,"target":"Broadcast","arguments":["${'x'.repeat(128)}"]}\x1e`;
/** Begins each record that counts: the others are answers to the handshake, and pings. */
const HEARD = '{"type":1,"target":"m"';

/** Clients of one node, of which the first sends. */
export class Audience {
  readonly #sockets: readonly WebSocket[];
  #waiting = 0;
  #allHaveHeard: () => void = () => {};

  private constructor(sockets: readonly WebSocket[]) {
    this.#sockets = sockets;
    for (const socket of sockets) socket.on('message', (data) => this.#heard(String(data)));
  }

  /** Connects so many clients to the hub of a node. */
  static async of(port: number, count: number): Promise<Audience> {
    const sockets: WebSocket[] = [];
    while (sockets.length < count) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/bench`);
      sockets.push(socket);
      await once(socket, 'open');
      const answered = once(socket, 'message');
      socket.send(HANDSHAKE);
      await answered;
    }
    return new Audience(sockets);
  }

  /** Sends one message after the other, each when all have the one before. Takes the time of each. */
  async during(ms: number, latencies: Latencies): Promise<void> {
    const end = performance.now() + ms;
    while (performance.now() < end) {
      const sentAt = performance.now();
      const heard = new Promise<void>((resolve) => {
        this.#allHaveHeard = resolve;
      });
      this.#waiting = this.#sockets.length;
      this.#sockets[0]?.send(MESSAGE);
      await heard;
      latencies.add(Math.round((performance.now() - sentAt) * 1_000));
      // Signals and other sockets have their turn.
      await setImmediate();
    }
  }

  leave(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  #heard(text: string): void {
    for (const record of text.split('\x1e')) if (record.startsWith(HEARD)) this.#waiting -= 1;
    if (this.#waiting === 0) this.#allHaveHeard();
  }
}
