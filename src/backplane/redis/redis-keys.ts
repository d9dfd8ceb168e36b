import { checkPrefix } from '../backplane-prefix.ts';
import { escaped } from '../wire/channels.ts';

/** Names of keys and channels in Redis. All begin with a prefix, so that services can share a Redis. */
export class RedisKeys {
  /** Ids of nodes that have, or had, a lease. */
  readonly nodes: string;
  /** What the key of each lease begins with. */
  readonly leases: string;
  readonly #prefix: string;
  /** What the name of each channel begins with, and of each channel of a log. */
  readonly #channels: string;
  readonly #logChannels: string;
  readonly #logsPrefix: Buffer;
  readonly #channelsLength: number;

  /** @throws {OptionsError} for a prefix that cannot be one. */
  constructor(prefix: string) {
    checkPrefix(prefix);
    this.nodes = `${prefix}:nodes`;
    this.leases = `${prefix}:lease:`;
    this.#prefix = prefix;
    this.#channels = `${prefix}:channel:`;
    this.#channelsLength = Buffer.byteLength(this.#channels);
    this.#logChannels = `${prefix}:log-channel:`;
    this.#logsPrefix = Buffer.from(this.#logChannels);
  }

  lease(nodeId: string): string {
    return `${this.leases}${nodeId}`;
  }

  turn(name: string): string {
    return `${this.#prefix}:turn:${name}`;
  }

  bucket(name: string): string {
    return `${this.#prefix}:tokens:${name}`;
  }

  /** What all names of the presence of a hub begin with. */
  presence(hub: string): string {
    return `${this.#prefix}:presence:${escaped(hub)}`;
  }

  channel(name: string): string {
    return `${this.#channels}${name}`;
  }

  /** Keys of a log: see `log-scripts.ts`. @param messageId That of the message that the last key is for. */
  log(name: string, messageId = ''): readonly string[] {
    const kinds = ['log-state', 'log', 'log-ids', 'log-removed'];
    // The length tells where the name ends.
    const known = `${this.#prefix}:log-known:${name.length}:${name}:${messageId}`;
    return [...kinds.map((kind) => `${this.#prefix}:${kind}:${name}`), known];
  }

  /** Channel of those who follow a log. */
  logChannel(log: string): string {
    return `${this.#logChannels}${log}`;
  }

  /** Channel of the trial that a new connection makes. */
  trial(id: string): string {
    return `${this.#prefix}:trial:${id}`;
  }

  /** The name of the log that a channel is about; undefined: it is another channel. */
  logOf(channel: Buffer): string | undefined {
    const length = this.#logsPrefix.length;
    return this.#logsPrefix.equals(channel.subarray(0, length)) ? channel.toString('utf8', length) : undefined;
  }

  /** The name of a channel, without what Redis knows it by. */
  nameOf(channel: Buffer): string {
    return channel.toString('utf8', this.#channelsLength);
  }
}
