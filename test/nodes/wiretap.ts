// A connection of a test's own to the Redis of nodes: it hears and publishes what they do, as an attacker or a node of
// another version can.
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { Inbox } from '../support/inbox.ts';

const CHANNELS = 'signalbox:channel:';

export interface Tapped {
  /** Without what Redis knows it by. */
  readonly channel: string;
  readonly bytes: Buffer;
}

export class Wiretap {
  /** Everything that the nodes publish. */
  readonly heard = new Inbox<Tapped>();
  readonly #redis: Redis;
  readonly #subscriber: Redis;

  private constructor(port: number) {
    this.#redis = new Redis(port, '127.0.0.1');
    this.#subscriber = new Redis(port, '127.0.0.1');
    this.#subscriber.on('pmessageBuffer', (_pattern, channel: Buffer, bytes: Buffer) =>
      this.heard.put({ channel: channel.toString().slice(CHANNELS.length), bytes }),
    );
    onTestFinished(() => {
      for (const redis of [this.#redis, this.#subscriber]) redis.disconnect();
    });
  }

  static async on(port: number): Promise<Wiretap> {
    const tap = new Wiretap(port);
    await tap.#subscriber.psubscribe(`${CHANNELS}*`);
    return tap;
  }

  /** Resolves with the number of nodes that have got it. */
  publish(channel: string, bytes: Uint8Array): Promise<number> {
    return this.#redis.publish(`${CHANNELS}${channel}`, Buffer.from(bytes));
  }
}
