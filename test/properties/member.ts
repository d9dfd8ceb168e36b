import type { CloseReason } from '../../src/protocol/close.ts';
import type { MemoryServer, Peer } from '../support/memory-server.ts';
import type { Recorded } from '../support/recorded.ts';
import type { Addressable } from './addresses.ts';

/** How a member's `onConnected` and `onDisconnected` behave. */
export type Habit = 'prompt' | 'slow' | 'failing' | 'endless';

/** What `onDisconnected` saw. */
export interface Departure {
  readonly reason: CloseReason;
  /** Whether its id could still be resolved. */
  readonly wasKnown: boolean;
  /** The number that the next message would have got. */
  readonly at: number;
}

/** A stream from a member's client, and what became of it. */
export interface Reading {
  readonly streamId: string;
  /** As many items as its method wants. */
  readonly most: number;
  /** What its client has sent, until it said that this is all, or that it has failed. */
  readonly sent: number[];
  end: 'whole' | 'failed' | undefined;
  /** What its method has read; undefined before it began. */
  read: number[] | undefined;
  /** How that ended: with everything, or as much as it wanted, or with an error. */
  outcome: 'all' | 'enough' | Error | undefined;
}

/** A connection as the model sees it, and the peer that it really is. */
export class Member implements Addressable {
  readonly key: number;
  readonly user: string;
  readonly peer: Peer<Recorded>;
  readonly habits: { readonly connect: Habit; readonly disconnect: Habit };
  readonly groups = new Set<string>();
  /** Between the accepted handshake and being forgotten. */
  hasGreeted = false;
  /** The numbers of the messages that were meant for it, in the order of being sent. */
  readonly due: number[] = [];
  /** How often `onConnected` resolved with a hub that was still its own. */
  connects = 0;
  readonly departures: Departure[] = [];
  /** The calls that its client has made, by id, and those that have begun. */
  readonly asked: string[] = [];
  /** Those of them that its client wants an answer to. */
  readonly awaited: string[] = [];
  readonly begun: string[] = [];
  /** The numbers of the messages that each call has sent to its own caller before it returned. */
  readonly sentBefore = new Map<string, readonly number[]>();
  /** The streams that its client has begun, by id; those whose methods have begun, and those that these have let go of. */
  readonly streamed: string[] = [];
  readonly played: string[] = [];
  readonly letGo: string[] = [];
  /** Those of them that never end by themselves. */
  readonly endless: string[] = [];
  /** Its uploads, by the id of the call. */
  readonly readings = new Map<string, Reading>();
  /** The questions that its client has answered, by id. */
  readonly answered = new Set<string>();
  /** It has taken everything that was written. */
  isFlowing = true;
  /** Its calls of Rename, in the order in which they began. */
  readonly renamed: { readonly call: string; readonly name: string }[] = [];

  constructor(key: number, peer: Peer<Recorded>, user: string, habits: Member['habits']) {
    this.key = key;
    this.peer = peer;
    this.user = user;
    this.habits = habits;
  }

  /** With another socket, if it has stateful reconnect and nobody has said that it is over. */
  comeBack(server: MemoryServer): void {
    const { client } = this.peer;
    const hasEnded = client.runCloseSequence !== undefined || client.closeCode !== undefined;
    if (this.hasGreeted && !hasEnded && server.comeBack(this.peer as Peer)) this.isFlowing = true;
  }

  get id(): string {
    return this.peer.id;
  }

  get isReachable(): boolean {
    return this.hasGreeted && !this.peer.isForgotten;
  }

  /** The numbers of the messages that its client has read. */
  get heard(): number[] {
    return this.peer.client.calls('Heard').map(([number]) => number as number);
  }

  /** As far as its client can see, nothing has gone wrong. */
  get believesInIt(): boolean {
    const { client } = this.peer;
    return (
      this.hasGreeted && !client.isEnded && client.closeCode === undefined && client.runCloseSequence === undefined
    );
  }
}
