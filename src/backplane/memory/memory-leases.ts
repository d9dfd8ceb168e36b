import type { Clock } from '../../clock.ts';
import type { Lease, RenewedLease } from '../backplane.ts';
import { ExpiringMap } from './expiring-map.ts';

/** Leases of nodes in memory. */
export class MemoryLeases {
  /** Ids of boots, by those of their nodes. */
  readonly #boots: ExpiringMap<string>;

  constructor(clock: Clock) {
    this.#boots = new ExpiringMap(clock);
  }

  renew({ nodeId, bootId, ms }: Lease): RenewedLease {
    const holder = this.#boots.get(nodeId);
    const isRefused = holder !== undefined && holder !== bootId;
    if (!isRefused) this.#boots.set(nodeId, bootId, ms);
    const alive = this.#boots.keys().map((id) => ({
      nodeId: id,
      bootId: this.#boots.get(id) as string,
      remainingMs: this.#boots.remainingMs(id),
    }));
    if (isRefused) return { outcome: 'refused', alive };
    return { outcome: holder === undefined ? 'taken' : 'kept', alive };
  }

  /** Whether a boot holds the lease of its node. */
  holds({ nodeId, bootId }: Pick<Lease, 'nodeId' | 'bootId'>): boolean {
    return this.#boots.get(nodeId) === bootId;
  }

  release({ nodeId, bootId }: Pick<Lease, 'nodeId' | 'bootId'>): void {
    if (this.#boots.get(nodeId) === bootId) this.#boots.delete(nodeId);
  }
}
