/** Port of the actor that knows in which state the link is. Implemented by `actors/backplane-link.ts`. */
export interface LinkActor {
  /** State of the machine as text. */
  readonly state: LinkState;
  connectionOpened(): void;
  connectionLost(): void;
  syncFinished(): void;
  syncFailed(): void;
  beaconMissed(): void;
  closeRequested(): void;
  farewellSent(): void;
}

/** Implementations of the machine's actions. */
export interface LinkActions {
  synchronise(): void;
  reconnect(): void;
  announceLinked(): void;
  disconnect(): void;
  sayFarewell(): void;
  release(): void;
}

export type LinkState = 'connecting' | 'syncing' | 'linked' | 'deaf' | 'broken' | 'draining' | 'closed';
export type StartLinkActor = (actions: LinkActions) => LinkActor;
