import { compareKeys } from '../presence/key-order.ts';
import {
  type Boot,
  type Claimed,
  type Entered,
  type Entrance,
  type Holder,
  type HolderPage,
  type KeyRange,
  OVERDUE_AT_ONCE,
  type PresenceStore,
  type Written,
} from '../presence/presence-store.ts';
import { readEntered, readHolder, readKeys, readPage, readWritten } from './presence-replies.ts';
import { COUNT, ENTER, GET, LEAVE, LIST, MARK_TOLD, OVERDUE, WRITE } from './presence-scripts.ts';
import type { RedisKeys } from './redis-keys.ts';
import { isCount, strangeReply } from './redis-replies.ts';
import type { RedisScript } from './redis-script.ts';

/** Runs a script. @throws {BackplaneError} */
export type RunScript = (
  script: RedisScript,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<unknown>;

/** The presence keys of all hubs in Redis. */
export class RedisPresence implements PresenceStore {
  readonly #keys: RedisKeys;
  readonly #runScript: RunScript;
  /** For texts. */
  readonly #place: string;

  constructor(keys: RedisKeys, run: RunScript, place: string) {
    this.#keys = keys;
    this.#runScript = run;
    this.#place = place;
  }

  async enter(hub: string, entrance: Entrance): Promise<Entered | undefined> {
    const { nodeId, bootId, epoch = '', newEpoch, recoveryMs } = entrance;
    return readEntered(
      await this.#run(ENTER, hub, bootId, nodeId, epoch, newEpoch, Math.ceil(recoveryMs)),
      this.#place,
    );
  }

  async leave(hub: string, { bootId }: Boot): Promise<void> {
    await this.#run(LEAVE, hub, bootId);
  }

  async write(
    hub: string,
    key: string,
    { bootId, nodeId, number, graceMs, claim, told = '' }: Claimed,
  ): Promise<Written> {
    const { as = '', connectionIds = [], user = '', info = '' } = claim ?? {};
    const ids = claim === undefined ? '' : JSON.stringify(connectionIds);
    const { setsInfo = false, revision = 0, wasGranted = false } = claim ?? {};
    const about = [as, ids, user, info, Number(setsInfo), revision, Number(wasGranted), told];
    return readWritten(await this.#run(WRITE, hub, key, bootId, nodeId, number, graceMs, ...about), this.#place);
  }

  async markTold(hub: string, key: string, boot: Boot, token: number, told = '', from = ''): Promise<boolean> {
    return (await this.#run(MARK_TOLD, hub, key, boot.bootId, token, told, from)) === 1;
  }

  async overdue(hub: string, graceMs: number): Promise<readonly string[]> {
    return readKeys(await this.#run(OVERDUE, hub, graceMs, OVERDUE_AT_ONCE), this.#place);
  }

  async get(hub: string, key: string): Promise<Holder | undefined> {
    return readHolder(await this.#run(GET, hub, key), this.#place);
  }

  async list(hub: string, { prefix, after, limit }: KeyRange & { readonly limit: number }): Promise<HolderPage> {
    const isBehind = after !== undefined && compareKeys(after, prefix) >= 0;
    const from = isBehind ? `(${after}` : prefix === '' ? '-' : `[${prefix}`;
    return readPage(await this.#run(LIST, hub, from, prefix, limit), this.#place);
  }

  async count(hub: string, prefix: string): Promise<number> {
    const count = await this.#run(COUNT, hub, prefix);
    if (!isCount(count)) throw strangeReply(this.#place);
    return count;
  }

  #run(script: RedisScript, hub: string, ...args: readonly (string | number)[]): Promise<unknown> {
    return this.#runScript(script, [this.#keys.presence(hub)], [this.#keys.leases, ...args]);
  }
}
