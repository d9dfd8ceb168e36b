import type { Alarms } from '../../clock.ts';
import type { PresenceChange, PresenceEntry } from '../../hub/presence.ts';
import { pause } from '../../within.ts';
import type { LocalClaim, LocalKey } from './local-key.ts';
import type { LocalKeys } from './local-keys.ts';
import { changesOf, entryOf, readTold, writeTold } from './presence-entry.ts';
import type { PresenceLink } from './presence-link.ts';
import type { Boot, Claim, PresenceStore, Written } from './presence-store.ts';
import type { StoreEntrance } from './store-entrance.ts';

export interface WriterParts {
  readonly hub: string;
  readonly boot: Boot;
  readonly store: PresenceStore;
  readonly graceMs: number;
  readonly entrance: StoreEntrance;
  readonly link: PresenceLink;
  readonly alarms: Alarms;
  readonly keys: LocalKeys;
}

export interface WriterListener {
  /** A change has to be told now. Does not throw. */
  tell(change: PresenceChange): void;
  /** Somebody else has the key of these claims, which had it. */
  lost(claims: readonly LocalClaim[]): void;
  /** Nobody has told that the holder of a key, who was told before, has it no more. */
  untold(local: LocalKey, told: string): void;
  /** Keys are kept for those who had them: a new claim cannot be decided now. */
  undecided(local: LocalKey): void;
  /** Nothing is being written of a key any more. */
  atRest(local: LocalKey): void;
}

/** Milliseconds to wait while another node tells a change of the same key. */
const BUSY_MS = 50;

/** Makes the store alike with what the connections of this node want, key by key, and tells the changes. */
export class KeyWriter {
  readonly #parts: WriterParts;
  readonly #listener: WriterListener;
  #number = 0;

  constructor(parts: WriterParts, listener: WriterListener) {
    this.#parts = parts;
    this.#listener = listener;
  }

  /** Begins to write a key that is dirty, unless that is being done. */
  begin(local: LocalKey): void {
    if (local.isRunning || local.isHeldBack || !(local.isDirty && this.#parts.entrance.isOpen)) return;
    local.isRunning = true;
    void this.#run(local);
  }

  async #run(local: LocalKey): Promise<void> {
    const { entrance } = this.#parts;
    while (local.isDirty && entrance.isOpen) {
      const { openings } = entrance;
      if (!(await this.#write(local)) && openings === entrance.openings) break;
    }
    local.atRest();
    this.#listener.atRest(local);
  }

  /** @returns false when it could not be done: it is tried again when the lease is renewed, or the store opens. */
  async #write(local: LocalKey): Promise<boolean> {
    const { hub, boot, store, graceMs, entrance } = this.#parts;
    if (local.mark !== undefined && !(await this.#mark(local))) return false;
    this.#number += 1;
    const { claim } = local;
    const told = local.toldBefore(entrance.epoch);
    const claims = [...local.claims.values()];
    local.isDirty = false;
    local.mayBeStored = true;
    let written: Written;
    try {
      written = await store.write(hub, local.key, { ...boot, number: this.#number, graceMs, claim, told });
    } catch {
      // The link notices by itself. It may have been done.
      local.isDirty = true;
      return false;
    }
    return this.#written(local, claim, claims, written);
  }

  async #written(
    local: LocalKey,
    claim: Claim | undefined,
    claims: readonly LocalClaim[],
    written: Written,
  ): Promise<boolean> {
    const { alarms, entrance } = this.#parts;
    const { outcome } = written;
    if (outcome === 'busy' || outcome === 'unleased' || outcome === 'unknown') {
      local.isDirty = true;
      if (outcome !== 'busy') {
        entrance.refused(outcome);
        return false;
      }
      await pause(BUSY_MS, alarms);
      return true;
    }
    if (written.token !== undefined && !this.#tell(local, claim, written, written.token)) return false;
    this.#note(local, claim, written);
    if (outcome === 'kept') {
      local.isDirty = true;
      local.mayBeStored = true;
      this.#listener.undecided(local);
    } else this.#decide(local, claims, outcome === 'done');
    return (local.mark === undefined || (await this.#mark(local))) && outcome !== 'kept';
  }

  /** Tells what has changed. @returns false when this node cannot be sure that it is the one who has to. */
  #tell(local: LocalKey, claim: Claim | undefined, written: Written, token: number): boolean {
    const { entrance, link } = this.#parts;
    if (!entrance.isOpen || !link.isSure) {
      local.isDirty = true;
      return false;
    }
    const left = written.outcome === 'done' && claim !== undefined ? this.#leave(local.from, claim.as) : undefined;
    for (const change of changesOf(local.key, written, left)) this.#listener.tell(change);
    local.mark = { token, told: written.holder && writeTold(written.holder), from: left && local.from };
    return true;
  }

  /**
   * Lets a key go for another one. @returns its entry, if that can be told as one change. Until this is recorded the key
   * is not written: else it would be told again that it was let go.
   */
  #leave(from: LocalKey | undefined, connectionId: string): PresenceEntry | undefined {
    const { entrance, keys } = this.#parts;
    const told = from?.toldOf(connectionId, entrance.epoch);
    if (from === undefined || told === undefined) return undefined;
    keys.remove(from, connectionId);
    from.wasTold(undefined, entrance.epoch);
    from.isHeldBack = true;
    return entryOf(from.key, told);
  }

  /** Keeps what the store has now. */
  #note(local: LocalKey, claim: Claim | undefined, { outcome, told, holder }: Written): void {
    const { epoch } = this.#parts.entrance;
    const before = local.toldBefore(epoch);
    const isKnown = before === undefined || [holder?.as, readTold(told)?.as].includes(readTold(before)?.as);
    // Whoever has the key now has found nothing there, so nobody has told that it was let go.
    if (!isKnown) this.#listener.untold(local, before);
    if (outcome !== 'done' || claim === undefined || holder === undefined) {
      local.withdrawn();
      // It may have to be told yet that the key was let go.
      if (outcome === 'kept') local.wasTold(told, epoch);
      return;
    }
    local.wasTold(local.mark === undefined ? told : local.mark.told, epoch);
    // In an outage somebody else may claim it here, before the answer comes.
    if (local.claims.size === 0 || local.as === claim.as) local.granted(claim, holder);
  }

  #decide(local: LocalKey, claims: readonly LocalClaim[], areGranted: boolean): void {
    const lost: LocalClaim[] = [];
    local.from = undefined;
    for (const claim of claims) {
      const { connectionId } = claim.claimant;
      if (local.claims.get(connectionId) !== claim) continue;
      if (!areGranted) this.#parts.keys.drop(local, connectionId);
      if (!areGranted && claim.isDecided) lost.push(claim);
      claim.decide(areGranted);
    }
    if (areGranted) return;
    if (lost.length > 0) this.#listener.lost(lost);
  }

  /** Records what was told. @returns false when it could not be done. */
  async #mark(local: LocalKey): Promise<boolean> {
    const { hub, boot, store } = this.#parts;
    const { mark } = local;
    if (mark === undefined) return true;
    try {
      // Somebody else has it otherwise, or the store has lost it: so it is written again.
      const { token, told, from } = mark;
      if (!(await store.markTold(hub, local.key, boot, token, told, from?.key))) local.isDirty = true;
    } catch {
      local.isDirty = true;
      return false;
    }
    if (local.mark === mark) local.mark = undefined;
    if (mark.from !== undefined) {
      mark.from.isHeldBack = false;
      this.begin(mark.from);
    }
    return true;
  }
}
