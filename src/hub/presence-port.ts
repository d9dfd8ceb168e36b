import type { User } from './connection-info.ts';
import type { PresenceEntry } from './presence.ts';
import type { AbortOptions } from './routing.ts';

/** A connection that claims keys. */
export interface Claimant {
  readonly connectionId: string;
  readonly user: User | null;
  /** false: its `onDisconnected` has begun, or it is gone. */
  readonly mayClaim: boolean;
  abort(options?: AbortOptions): void;
}

/** A claim that has been checked. */
export interface CheckedClaim {
  readonly key: string;
  readonly as: string;
  /** As JSON. undefined: that of those who share the key stays. */
  readonly info: string | undefined;
}

/** A query with its defaults. */
export interface CheckedPresenceQuery {
  readonly prefix: string;
  readonly limit: number;
  readonly after: string | undefined;
}

/**
 * Port through which hubs claim keys and read who is there. Implemented by `backplane/presence/`. No method throws:
 * errors are rejections.
 */
export interface PresencePort {
  claim(claimant: Claimant, claim: CheckedClaim): Promise<boolean>;
  /** Claims a key, and lets the key `from` go. */
  move(claimant: Claimant, from: string, claim: CheckedClaim): Promise<boolean>;
  /** @param info As JSON. */
  update(claimant: Claimant, key: string, info: string): Promise<void>;
  release(claimant: Claimant, key: string): Promise<void>;
  /** A connection is gone: its claims end. */
  ended(claimant: Claimant): void;
  get(key: string): Promise<PresenceEntry | undefined>;
  list(query: CheckedPresenceQuery): Promise<readonly PresenceEntry[]>;
  count(prefix: string): Promise<number>;
}
