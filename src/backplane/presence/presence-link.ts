/** The link of this node to the store, as presence needs it. */
export interface PresenceLink {
  /**
   * Whether this node counts as alive, and will for long enough to record what it tells. A process that was stopped may
   * get an answer that is old: somebody else may have told the change meanwhile.
   */
  readonly isSure: boolean;
  /** Renews the lease of this node now. */
  renew(): void;
  /** As `Backplane.takeTurn`. */
  takeTurn(name: string, ms: number): Promise<boolean>;
}

/** The link of a server without other nodes. */
export const ALONE: PresenceLink = {
  isSure: true,
  renew: () => {},
  takeTurn: () => Promise.resolve(true),
};
