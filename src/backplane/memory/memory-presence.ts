import type { Clock } from '../../clock.ts';
import { OrderedKeys } from '../presence/key-order.ts';
import {
  type Boot,
  type Claim,
  type Claimed,
  type Entered,
  type Entrance,
  type Holder,
  type HolderPage,
  type KeyRange,
  OVERDUE_AT_ONCE,
  type Written,
} from '../presence/presence-store.ts';
import { PresenceRecord } from './presence-record.ts';

/** Tells which nodes are alive. */
export interface HeldLeases {
  holds(boot: Boot): boolean;
}

/** A boot that may write. */
interface Registered extends Boot {
  /** Keys that it claims, or of which it has to tell something. */
  readonly keys: Set<string>;
  /** Of its latest write. */
  number: number;
  /** Moment by `Clock.now` at which it was found dead. */
  deadSince: number | undefined;
}

/** The presence keys of one hub in memory. It does what `redis/presence-scripts.ts` does in Redis. */
export class MemoryPresence {
  readonly #clock: Clock;
  readonly #leases: HeldLeases;
  readonly #boots = new Map<string, Registered>();
  readonly #records = new Map<string, PresenceRecord>();
  /** Keys that have a holder. */
  readonly #keys = new OrderedKeys();
  #epoch: string | undefined;
  /** Whether it is known that an epoch has ended before this one. */
  #isRecovered = false;
  #recoveredAt = 0;

  constructor(clock: Clock, leases: HeldLeases) {
    this.#clock = clock;
    this.#leases = leases;
  }

  /** Number of keys of which something is kept, and of registered boots. */
  get size(): number {
    return this.#records.size + this.#boots.size;
  }

  enter({ nodeId, bootId, epoch, newEpoch, recoveryMs }: Entrance): Entered | undefined {
    if (!this.#leases.holds({ nodeId, bootId })) return undefined;
    this.#epoch ??= newEpoch;
    if (epoch !== undefined && epoch !== this.#epoch && !this.#isRecovered) {
      this.#isRecovered = true;
      this.#recoveredAt = this.#clock.now() + recoveryMs;
    }
    const known = this.#boots.get(bootId);
    if (known === undefined)
      this.#boots.set(bootId, { nodeId, bootId, keys: new Set(), number: 0, deadSince: undefined });
    else known.deadSince = undefined;
    return { epoch: this.#epoch, isKnown: known !== undefined };
  }

  leave({ bootId }: Boot): void {
    if (this.#boots.get(bootId)?.keys.size === 0) this.#boots.delete(bootId);
  }

  write(key: string, claimed: Claimed): Written {
    const { bootId, number, graceMs, claim, told } = claimed;
    if (!this.#leases.holds(claimed)) return only('unleased');
    const boot = this.#boots.get(bootId);
    // A late one is not answered to anybody.
    if (boot === undefined || number <= boot.number) return only('unknown');
    boot.number = number;
    const record = this.#records.get(key) ?? new PresenceRecord();
    const { teller } = record;
    if (teller !== undefined && teller.bootId !== bootId && this.#isAlive(teller.bootId)) return only('busy');
    this.#records.set(key, record);
    for (const other of record.claims.keys())
      if (other !== bootId && this.#isOverdue(other, graceMs)) record.withdraw(other);
    record.restore(told);
    let outcome: Written['outcome'] = 'done';
    if (claim === undefined) record.withdraw(bootId);
    else outcome = this.#claim(record, bootId, claim);
    const written = record.settle(outcome, { bootId, token: number }, (id) => this.#isAlive(id), this.#isRecovering);
    this.#index(key, record);
    return written;
  }

  markTold(key: string, { bootId }: Boot, token: number, told: string | undefined, from?: string): boolean {
    const record = this.#records.get(key);
    if (record?.teller?.bootId !== bootId || record.teller.token !== token) return false;
    record.wasTold(told);
    const left = from === undefined ? undefined : this.#records.get(from);
    if (left?.claims.has(bootId)) left.wasToldFree();
    this.#index(key, record);
    return true;
  }

  overdue(graceMs: number): readonly string[] {
    const keys: string[] = [];
    for (const boot of this.#boots.values()) {
      if (this.#leases.holds(boot)) boot.deadSince = undefined;
      else if (boot.deadSince === undefined) boot.deadSince = this.#clock.now();
      else if (this.#isOverdue(boot.bootId, graceMs)) {
        if (boot.keys.size === 0) this.#boots.delete(boot.bootId);
        keys.push(...boot.keys);
      }
    }
    return keys.slice(0, OVERDUE_AT_ONCE);
  }

  get(key: string): Holder | undefined {
    return this.#records.get(key)?.holderAlive((id) => this.#isAlive(id));
  }

  list({ prefix, after, limit }: KeyRange & { readonly limit: number }): HolderPage {
    const holders: (Holder & { key: string })[] = [];
    for (const key of this.#keys.within(prefix, after)) {
      const holder = this.get(key);
      if (holder !== undefined) holders.push({ key, ...holder });
      if (holders.length === limit) return { holders, next: key };
    }
    return { holders, next: undefined };
  }

  count(prefix: string): number {
    let count = 0;
    for (const key of this.#keys.within(prefix)) if (this.get(key) !== undefined) count += 1;
    return count;
  }

  #claim(record: PresenceRecord, bootId: string, claim: Claim): Written['outcome'] {
    const isOther = record.holder !== undefined && record.holder.as !== claim.as;
    const hasRival = [...record.claims.keys()].some((other) => other !== bootId && this.#isAlive(other));
    if (isOther) record.withdraw(bootId);
    if (isOther && hasRival) return 'taken';
    if ((isOther || record.holder === undefined) && !claim.wasGranted && this.#isRecovering) return 'kept';
    if (isOther) for (const other of record.claims.keys()) record.withdraw(other);
    record.claimBy(bootId, claim, this.#clock.wallNow());
    return 'done';
  }

  /** Notes where a key is found: at the boots that claim it or have to tell of it, and in the order of all keys. */
  #index(key: string, record: PresenceRecord): void {
    for (const { bootId, keys } of this.#boots.values()) {
      if (record.claims.has(bootId) || [record.teller?.bootId, record.debtor].includes(bootId)) keys.add(key);
      else keys.delete(key);
    }
    if (record.holder === undefined) this.#keys.delete(key);
    else this.#keys.add(key);
    if (record.isEmpty) this.#records.delete(key);
  }

  /** Whether keys are kept for those who had them. */
  get #isRecovering(): boolean {
    return this.#clock.now() < this.#recoveredAt;
  }

  #isAlive(bootId: string): boolean {
    const boot = this.#boots.get(bootId);
    return boot !== undefined && this.#leases.holds(boot);
  }

  #isOverdue(bootId: string, graceMs: number): boolean {
    const boot = this.#boots.get(bootId);
    if (boot === undefined) return true;
    if (this.#leases.holds(boot)) return false;
    return boot.deadSince !== undefined && this.#clock.now() - boot.deadSince >= graceMs;
  }
}

function only(outcome: Written['outcome']): Written {
  return { outcome, told: undefined, holder: undefined, removed: [], token: undefined };
}
