import type { Boot, Claim, Written } from '../backplane/presence/presence-store.ts';
import { type BackplanePlace, backplaneTest, type OpenNode, type OpenPlace } from './backplane-test.ts';
import type { TestFramework } from './test-framework.ts';

/** Long enough that no test lasts until it ends. */
const LONG_MS = 600_000;
export const HUB = '/hubs/chat:1';

/** A node that may write who is there. */
export class PresentNode {
  readonly boot: Boot;
  readonly #node: OpenNode;
  readonly #graceMs: number;
  #number = 0;

  constructor(node: OpenNode, boot: Boot, graceMs: number) {
    this.#node = node;
    this.boot = boot;
    this.#graceMs = graceMs;
  }

  get store() {
    return this.#node.backplane.presence;
  }

  /** Claims a key in the name of a connection. */
  claim(
    key: string,
    as: string,
    ids: readonly string[],
    more: Partial<Claim> & { readonly told?: string } = {},
  ): Promise<Written> {
    const claim = { as, connectionIds: ids, user: 'null', info: 'null', setsInfo: false, revision: 0 };
    const { told, ...about } = more;
    return this.#write(key, { ...claim, wasGranted: false, ...about }, told);
  }

  /** Claims a key, and tells it. */
  async join(
    key: string,
    as: string,
    ids: readonly string[],
    more: Partial<Claim> & { readonly told?: string } = {},
  ): Promise<Written> {
    const written = await this.claim(key, as, ids, more);
    await this.tell(key, written);
    return written;
  }

  /** @param told In an epoch that has ended. */
  release(key: string, told?: string): Promise<Written> {
    return this.#write(key, undefined, told);
  }

  /**
   * Records what a write asks for. @returns what could be recorded; undefined: nothing had to be told.
   *
   * @param from A key that was told to be let go for this one.
   */
  async tell(key: string, { token, holder }: Written, from?: string): Promise<boolean | undefined> {
    if (token === undefined) return undefined;
    return this.store.markTold(HUB, key, this.boot, token, holder && `told ${holder.as} ${holder.info}`, from);
  }

  /** Writes with a number that was used before. */
  writeLate(key: string): Promise<Written> {
    const [number, graceMs] = [this.#number, this.#graceMs];
    return this.store.write(HUB, key, { ...this.boot, number, graceMs, claim: undefined, told: undefined });
  }

  enter(epoch?: string, newEpoch = 'first') {
    return this.store.enter(HUB, { ...this.boot, epoch, newEpoch, recoveryMs: LONG_MS });
  }

  live(ms = LONG_MS) {
    return this.#node.backplane.renewLease({ ...this.boot, ms });
  }

  die() {
    return this.#node.backplane.releaseLease(this.boot);
  }

  keys(prefix = '', after?: string, limit = 1_000): Promise<readonly string[]> {
    return this.store.list(HUB, { prefix, after, limit }).then(({ holders }) => holders.map(({ key }) => key));
  }

  #write(key: string, claim: Claim | undefined, told?: string): Promise<Written> {
    this.#number += 1;
    const [number, graceMs] = [this.#number, this.#graceMs];
    return this.store.write(HUB, key, { ...this.boot, number, graceMs, claim, told });
  }
}

export interface PresencePlace extends OpenPlace {
  /** A node that is alive, and registered. @param graceMs Of its writes. */
  present(nodeId: string, graceMs?: number): Promise<PresentNode>;
}

/** Declares a test of who is there. */
export function presenceTest(framework: TestFramework, placeOf: () => BackplanePlace) {
  const test = backplaneTest(framework, placeOf);
  return (name: string, run: (place: PresencePlace) => Promise<void>): void => {
    test(name, async (place) => {
      const present = async (nodeId: string, graceMs = LONG_MS): Promise<PresentNode> => {
        const node = new PresentNode(await place.node(), { nodeId, bootId: `boot of ${nodeId}` }, graceMs);
        await node.live();
        await node.enter();
        return node;
      };
      await run({ ...place, present });
    });
  };
}
