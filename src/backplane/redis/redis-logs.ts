import { nanoid } from 'nanoid';
import type { Appended, LogPage, LogQuery, LogState, LogStore, LogTop, NewEntry } from '../log-store.ts';
import { readAppended, readPage, readRemoved } from './log-replies.ts';
import { APPEND_ENTRY, READ_ENTRIES, REMOVE_ENTRY } from './log-scripts.ts';
import type { RedisConnection } from './redis-connection.ts';
import type { RedisKeys } from './redis-keys.ts';

/** Asks the connection that is open, or rejects. */
type Ask = <T>(question: (connection: RedisConnection) => Promise<T>) => Promise<T>;

const EPOCH_LENGTH = 8;

/** Logs in Redis: each call is one script. */
export class RedisLogs implements LogStore {
  readonly #keys: RedisKeys;
  readonly #place: string;
  readonly #ask: Ask;

  /** @param place Host and port, for texts. */
  constructor(keys: RedisKeys, place: string, ask: Ask) {
    this.#keys = keys;
    this.#place = place;
    this.#ask = ask;
  }

  async append(log: string, entry: NewEntry): Promise<Appended> {
    const { bytes, messageId, size } = entry;
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const keys = this.#keys.log(log, messageId);
    const args = [...stateArguments(entry), size, messageId ?? '', content, this.#keys.logChannel(log)];
    return readAppended(await this.#ask((connection) => connection.runBytes(APPEND_ENTRY, keys, args)), this.#place);
  }

  async read(log: string, query: LogQuery): Promise<LogPage> {
    const { limit, ttlMs } = query;
    const isForward = 'after' in query;
    const args = [...stateArguments(query), ...(isForward ? forward(query) : ['before', query.before ?? '']), limit];
    if (isForward) args.push(query.isWhole ? 1 : 0);
    const keys = this.#keys.log(log);
    const reply = await this.#ask((connection) => connection.runBytes(READ_ENTRIES, keys, args));
    return readPage(reply, { limit, isForward, ttlMs }, this.#place);
  }

  async remove(log: string, messageId: string, state: LogState): Promise<LogTop | undefined> {
    const args = [...stateArguments(state), messageId, this.#keys.logChannel(log)];
    const keys = this.#keys.log(log);
    return readRemoved(await this.#ask((connection) => connection.runBytes(REMOVE_ENTRY, keys, args)), this.#place);
  }

  follow(logs: readonly string[]): Promise<void> {
    return this.#ask((connection) => connection.subscribe(logs.map((log) => this.#keys.logChannel(log))));
  }

  unfollow(logs: readonly string[]): void {
    this.#ask((connection) => connection.unsubscribe(logs.map((log) => this.#keys.logChannel(log))));
  }

  async hazards(): Promise<readonly string[]> {
    const info = await this.#ask((connection) => connection.info('memory'));
    const limit = Number(/^maxmemory:(\d+)/m.exec(info)?.[1] ?? 0);
    const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction';
    if (limit === 0 || policy === 'noeviction') return [];
    return [
      `Redis at ${this.#place} may evict the history of groups (maxmemory ${limit}, maxmemory-policy ${policy}): set maxmemory-policy to noeviction.`,
    ];
  }
}

function stateArguments({ ttlMs, seen }: LogState): (string | number | Buffer)[] {
  return [ttlMs, nanoid(EPOCH_LENGTH), seen.length, ...seen.flatMap(({ epoch, offset }) => [epoch, offset])];
}

function forward({ after }: Extract<LogQuery, { after: unknown }>): (string | number)[] {
  return typeof after === 'number' ? ['after', after] : ['behind', after.messageId];
}
