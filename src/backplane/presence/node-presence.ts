import { nanoid } from 'nanoid';
import type { Alarms } from '../../clock.ts';
import type { PresenceChange, PresenceEntry } from '../../hub/presence.ts';
import type { CheckedClaim, CheckedPresenceQuery, Claimant, PresencePort } from '../../hub/presence-port.ts';
import { within } from '../../within.ts';
import { KeyWriter } from './key-writer.ts';
import { tellLateLeft } from './late-left.ts';
import type { LocalClaim, LocalKey } from './local-key.ts';
import { LocalKeys } from './local-keys.ts';
import type { PresenceLink } from './presence-link.ts';
import { PresenceReader } from './presence-reader.ts';
import { PresenceReaper } from './presence-reaper.ts';
import { MAXIMUM_CLAIMS, refusals } from './presence-refusals.ts';
import type { Boot, PresenceStore } from './presence-store.ts';
import { type Loss, StoreEntrance } from './store-entrance.ts';

export interface NodePresenceParts {
  /** Key of the hub, the same on all nodes. */
  readonly hub: string;
  readonly boot: Boot;
  readonly store: PresenceStore;
  readonly link: PresenceLink;
  readonly leaseMs: number;
  /** Whether claims are refused while the store is away. Otherwise this node decides by what it knows. */
  readonly mayRefuse: boolean;
  readonly alarms: Alarms;
  /** Tells a change. Does not throw. */
  readonly tell: (change: PresenceChange) => void;
}

/** Milliseconds in which a server that closes has to have written what its connections have let go. */
const CLOSE_MS = 2_000;
/** Renewals of a lease within its duration: one node looks for dead ones at each. */
const RENEWALS = 3;

/** The presence of one hub on this node: the claims of its connections, and a view of the keys that all nodes have. */
export class NodePresence implements PresencePort {
  readonly #parts: NodePresenceParts;
  readonly #keys = new LocalKeys();
  readonly #entrance: StoreEntrance;
  readonly #writer: KeyWriter;
  readonly #reader: PresenceReader;
  readonly #reaper: PresenceReaper;

  constructor(parts: NodePresenceParts) {
    const { hub, boot, store, link, leaseMs, alarms, tell } = parts;
    this.#parts = parts;
    const entrance = new StoreEntrance(
      { hub, boot, store, link, recoveryMs: leaseMs, newEpoch: () => nanoid() },
      (loss) => this.#opened(loss),
    );
    this.#entrance = entrance;
    this.#writer = new KeyWriter(
      { hub, boot, store, graceMs: leaseMs, entrance, link, alarms, keys: this.#keys },
      {
        tell,
        lost: endAll,
        untold: ({ key }, told) => tellLateLeft(parts, key, told),
        undecided: (local) => this.#decideAlone(local),
        atRest: (local) => this.#keys.tidy(local),
      },
    );
    this.#reader = new PresenceReader({ hub, store, entrance, keys: this.#keys });
    this.#reaper = new PresenceReaper({
      ...{ hub, store, link, entrance, graceMs: leaseMs, turnMs: leaseMs / RENEWALS },
      write: async (keys) => {
        await Promise.all(keys.map((key) => this.#write(this.#keys.touch(key))));
      },
    });
  }

  /** Figures for the inspector: claims of this node, keys that have to be written, and keys of dead nodes. */
  get figures(): { readonly claims: number; readonly unwritten: number; readonly reaped: number } {
    return { claims: this.#keys.claims, unwritten: this.#keys.unwritten, reaped: this.#reaper.reaped };
  }

  // --- hubs

  claim(claimant: Claimant, claim: CheckedClaim): Promise<boolean> {
    return this.#claim(claimant, claim, undefined);
  }

  async move(claimant: Claimant, from: string, claim: CheckedClaim): Promise<boolean> {
    const left = this.#keys.get(from);
    if (left?.claims.get(claimant.connectionId)?.isDecided !== true) throw refusals.notHeld();
    if (from === claim.key) return this.#claim(claimant, claim, undefined);
    // Both keys can be told as one change when that of this one is recorded.
    await left.whenAtRest();
    const isMoved = await this.#claim(claimant, claim, left);
    if (isMoved) await this.release(claimant, from);
    return isMoved;
  }

  async #claim(claimant: Claimant, claim: CheckedClaim, from: LocalKey | undefined): Promise<boolean> {
    for (;;) {
      if (!claimant.mayClaim) throw refusals.ending();
      const known = this.#keys.get(claim.key);
      const own = known?.claims.get(claimant.connectionId);
      if (known !== undefined && known.claims.size > 0 && known.as !== claim.as) {
        if (known.isHeld) return false;
        await settled(known.firstDecision);
      } else if (own?.isDecided === false) await settled(own.decision);
      else if (own !== undefined) {
        if (claim.info !== undefined) await this.update(claimant, claim.key, claim.info);
        return true;
      } else if (known?.isRunning === true && known.claims.size === 0 && this.#entrance.isOpen) {
        // What it had is being let go, and told.
        await known.whenAtRest();
      } else if (this.#entrance.isPending) await this.#entrance.settled();
      else return this.#add(claimant, claim, from).decision;
    }
  }

  async update(claimant: Claimant, key: string, info: string): Promise<void> {
    while (this.#entrance.isPending) await this.#entrance.settled();
    const local = this.#keys.get(key);
    const claim = local?.claims.get(claimant.connectionId);
    if (local === undefined || claim?.isDecided !== true) throw refusals.notHeld();
    if (!this.#entrance.isOpen && this.#parts.mayRefuse) throw refusals.away();
    local.setInfo(info);
    await this.#write(local);
    if (local.claims.get(claimant.connectionId) !== claim) throw refusals.notHeld();
    if (local.isDirty && this.#parts.mayRefuse) throw refusals.away();
  }

  async release({ connectionId }: Claimant, key: string): Promise<void> {
    const local = this.#keys.get(key);
    const claim = local?.claims.get(connectionId);
    if (local === undefined || claim === undefined) return;
    claim.refuse(refusals.released());
    this.#keys.remove(local, connectionId);
    await this.#write(local);
  }

  ended({ connectionId }: Claimant): void {
    for (const local of this.#keys.of(connectionId)) {
      local.claims.get(connectionId)?.refuse(refusals.ending());
      this.#keys.remove(local, connectionId);
      void this.#write(local);
    }
  }

  get(key: string): Promise<PresenceEntry | undefined> {
    return this.#reader.get(key);
  }
  list(query: CheckedPresenceQuery): Promise<readonly PresenceEntry[]> {
    return this.#reader.list(query);
  }
  count(prefix: string): Promise<number> {
    return this.#reader.count(prefix);
  }

  // --- the link

  linked(): void {
    this.#entrance.linked();
  }

  unlinked(): void {
    this.#entrance.unlinked();
    for (const local of this.#keys.all()) this.#decideAlone(local);
  }

  /** The lease of this node was renewed. */
  renewed(): void {
    this.#entrance.renewed();
    if (!this.#entrance.isOpen) return;
    this.#writeDirty();
    void this.#reaper.look();
  }

  /** The others have taken this node for dead, and do not any more. */
  revived(): void {
    this.#entrance.revived();
  }

  /** Resolves when everything is written, or when that takes too long. No connection is left. Never rejects. */
  async close(): Promise<void> {
    const { hub, boot, store, alarms } = this.#parts;
    // If the store is away, it may be back in time. Otherwise another node finds that this one is not there any more.
    if (!(await within(this.#keys.whenEmpty(), CLOSE_MS, alarms)) || !this.#entrance.isOpen) return;
    await within(store.leave(hub, boot), CLOSE_MS, alarms).catch(() => false);
  }

  #add(claimant: Claimant, claim: CheckedClaim, from: LocalKey | undefined): LocalClaim {
    const { alarms, mayRefuse } = this.#parts;
    if (this.#keys.countOf(claimant.connectionId) >= MAXIMUM_CLAIMS) throw refusals.tooMany();
    const isAway = !this.#entrance.isOpen;
    if (isAway && mayRefuse) throw refusals.away();
    const local = this.#keys.ensure(claim.key);
    const added = this.#keys.add(local, claimant, claim, alarms.wallNow());
    if (isAway) added.decide(true);
    else local.from = from;
    if (!isAway) void this.#write(local);
    return added;
  }

  /** Writes a key. Resolves when that is done, or cannot be done now. */
  #write(local: LocalKey): Promise<void> {
    this.#writer.begin(local);
    if (!local.isRunning) this.#keys.tidy(local);
    return local.whenAtRest();
  }

  #writeDirty(): void {
    for (const local of [...this.#keys.all()]) if (local.isDirty) void this.#write(local);
  }

  #opened(loss: Loss): void {
    if (loss !== 'nothing') for (const local of this.#keys.all()) local.mayBeLost(loss === 'told');
    this.#writeDirty();
    // Whoever has died meanwhile is found a lease later.
    void this.#reaper.look();
  }

  /** The store is away: this node decides by what it knows, or refuses to. */
  #decideAlone(local: LocalKey): void {
    local.from = undefined;
    for (const [connectionId, claim] of [...local.claims]) {
      if (claim.isDecided) continue;
      if (!this.#parts.mayRefuse) claim.decide(true);
      else {
        claim.refuse(refusals.away());
        this.#keys.remove(local, connectionId);
      }
    }
    this.#keys.tidy(local);
  }
}

/** The connections of claims that others have taken connect anew, and find that out. */
function endAll(claims: readonly LocalClaim[]): void {
  const reason = 'somebody else has claimed a presence key of this connection while the nodes did not see each other';
  for (const { claimant } of claims) claimant.abort({ allowReconnect: true, reason });
}

/** Resolves when a decision was made. */
function settled(decision: Promise<boolean> | undefined): Promise<unknown> {
  return (decision ?? Promise.resolve()).then(
    () => undefined,
    () => undefined,
  );
}
