import type { Alarms } from '../../clock.ts';
import { pause } from '../../within.ts';
import { type Backplane, BackplaneError, type Lease, type LiveLease } from '../backplane.ts';

export interface LeaseListener {
  /** All leases, as they are now. */
  alive(leases: readonly LiveLease[]): void;
  /** The lease had run out: the other nodes have taken this one for dead, and do not any more. */
  revived(): void;
  /** Another node has the id of this one. */
  refused(error: BackplaneError): void;
  /** The lease could not be renewed. */
  failed(error: unknown): void;
}

/** Renewals within the duration of a lease: two may fail. */
const RENEWALS = 3;

/** The lease of this node: it is renewed as long as the node is linked. */
export class LeaseKeeper {
  readonly #backplane: Pick<Backplane, 'renewLease' | 'releaseLease'>;
  readonly #lease: Lease;
  readonly #alarms: Alarms;
  readonly #listener: LeaseListener;
  #renewedAt = Number.NEGATIVE_INFINITY;
  /**
   * Moment of the latest renewal that has succeeded, by `Alarms.now`: a process that was paused renews its lease before
   * anything else.
   */
  #heldAt = Number.NEGATIVE_INFINITY;
  /** Moment, by `Alarms.realNow`, until which nobody can take this node for dead. */
  #sureUntil = Number.NEGATIVE_INFINITY;
  #isRenewing = false;
  #wasHeld = false;
  #isAwaited = false;

  constructor(
    backplane: Pick<Backplane, 'renewLease' | 'releaseLease'>,
    lease: Lease,
    alarms: Alarms,
    listener: LeaseListener,
  ) {
    this.#backplane = backplane;
    this.#lease = lease;
    this.#alarms = alarms;
    this.#listener = listener;
  }

  /** Whether another start holds the lease, and this one waits for its end. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** Whether nobody takes this node for dead now, or within the time of a renewal. */
  get isSure(): boolean {
    return this.#alarms.realNow() + this.#lease.ms / RENEWALS < this.#sureUntil;
  }

  /** Present when the lease has run out although the node was there: the others take it for dead. */
  get trouble(): BackplaneError | undefined {
    if (this.#alarms.now() - this.#heldAt <= this.#lease.ms) return undefined;
    return new BackplaneError('unreachable', 'The backplane has not renewed the lease of this node in time.');
  }

  /**
   * Takes the lease. When an earlier start of this node holds it, because it has crashed, that one runs out: so it is
   * waited for.
   *
   * @param isNeeded Whether it is still wanted.
   * @throws {BackplaneError} when another node renews it: it is alive.
   */
  async take(isNeeded: () => boolean): Promise<void> {
    const { ms, nodeId } = this.#lease;
    const since = this.#alarms.realNow();
    while (isNeeded()) {
      this.#isAwaited = !(await this.#renew());
      if (!this.#isAwaited) return;
      if (this.#alarms.realNow() - since > ms + ms / RENEWALS) {
        throw new BackplaneError(
          'node-id-taken',
          `Another server that is alive has the nodeId ${JSON.stringify(nodeId)}. Give each server its own, or leave nodeId out.`,
        );
      }
      await pause(ms / RENEWALS, this.#alarms);
    }
  }

  /** Renews the lease if it is time. Called often. */
  keep(): void {
    if (this.#alarms.realNow() - this.#renewedAt < this.#lease.ms / RENEWALS) return;
    this.renewNow();
  }

  /** Renews it now, to learn which nodes are alive. */
  renewNow(): void {
    if (this.#isRenewing) return;
    this.#renew().then(
      (isHeld) => {
        if (!isHeld) this.#listener.refused(takenOver(this.#lease.nodeId));
      },
      (error: unknown) => this.#listener.failed(error),
    );
  }

  /** The same. Resolves when they have been told, and rejects when they cannot be read. */
  async refresh(): Promise<void> {
    await this.#renew();
  }

  /** Ends the lease, so that nobody waits for this node. */
  release(): Promise<void> {
    return this.#backplane.releaseLease(this.#lease);
  }

  /** @returns whether this node has the lease. */
  async #renew(): Promise<boolean> {
    const began = this.#alarms.realNow();
    this.#isRenewing = true;
    this.#renewedAt = began;
    try {
      const { outcome, alive } = await this.#backplane.renewLease(this.#lease);
      this.#listener.alive(alive);
      if (outcome === 'taken' && this.#wasHeld) this.#listener.revived();
      if (outcome === 'refused') return false;
      this.#wasHeld = true;
      this.#heldAt = this.#alarms.now();
      this.#sureUntil = began + this.#lease.ms;
      return true;
    } finally {
      this.#isRenewing = false;
    }
  }
}

function takenOver(nodeId: string): BackplaneError {
  return new BackplaneError(
    'node-id-taken',
    `Another server has taken the nodeId ${JSON.stringify(nodeId)} while this one did not answer. Give each server its own.`,
  );
}
