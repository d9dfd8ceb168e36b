import type { CloseReason } from '../../src/protocol/close.ts';
import type { Recorded } from '../../src/testing/recorded.ts';
import type { MemoryServer, Peer } from '../support/memory-server.ts';
import type { Addressable } from './addresses.ts';

/** Behaviour of a participant's `onConnected` and `onDisconnected`. */
export type Habit = 'prompt' | 'slow' | 'failing' | 'endless';

/** Observations of `onDisconnected`. */
export interface Departure {
  readonly reason: CloseReason;
  /** Whether its id could still be resolved. */
  readonly wasKnown: boolean;
  /** The number that the next message would have got. */
  readonly at: number;
}

/** An upload of a participant's client, and its outcome. */
export interface ModelUpload {
  readonly streamId: string;
  /** Number of items that its method wants. */
  readonly most: number;
  /** Items that its client has sent, until it completed the upload or failed it. */
  readonly sent: number[];
  end: 'whole' | 'failed' | undefined;
  /** Items that its method has read; undefined before the method began. */
  read: number[] | undefined;
  /** End of the upload in the method: everything, as much as it wanted, or an error. */
  outcome: 'all' | 'enough' | Error | undefined;
}

/** A connection in the model, and the real peer behind it. */
export class Participant implements Addressable {
  readonly key: number;
  readonly user: string;
  readonly peer: Peer<Recorded>;
  readonly habits: { readonly connect: Habit; readonly disconnect: Habit };
  readonly groups = new Set<string>();
  /** Whether the handshake was accepted and the connection is not forgotten yet. */
  isAccepted = false;
  /** Numbers of the messages for this participant, in the order in which they were sent. */
  readonly due: number[] = [];
  /** Number of times that `onConnected` resolved with a hub that was still usable. */
  connects = 0;
  readonly departures: Departure[] = [];
  /** Calls that its client has made, by id, and those that have begun. */
  readonly asked: string[] = [];
  /** Those of them that its client wants an answer to. */
  readonly awaited: string[] = [];
  readonly begun: string[] = [];
  /** Numbers of the messages that each call has sent to its own caller before it returned. */
  readonly sentBefore = new Map<string, readonly number[]>();
  /**
   * Streams that its client has begun, by id; those whose methods have begun, and those that their methods have
   * released.
   */
  readonly streamed: string[] = [];
  readonly started: string[] = [];
  readonly released: string[] = [];
  /** Those of them that never end by themselves. */
  readonly endless: string[] = [];
  /** Its uploads, by the id of the call. */
  readonly uploads = new Map<string, ModelUpload>();
  /** Client results that its client has sent, by id. */
  readonly answered = new Set<string>();
  /** Whether its client has taken everything that was written. */
  isFlowing = true;
  /** Its calls of Rename, in the order in which they began. */
  readonly renamed: { readonly call: string; readonly name: string }[] = [];

  constructor(key: number, peer: Peer<Recorded>, user: string, habits: Participant['habits']) {
    this.key = key;
    this.peer = peer;
    this.user = user;
    this.habits = habits;
  }

  /** Opens another socket, if the connection has stateful reconnect and its client has not been told of the end. */
  comeBack(server: MemoryServer): void {
    const { client } = this.peer;
    const hasEnded = client.closeRecord !== undefined || client.closeCode !== undefined;
    if (this.isAccepted && !hasEnded && server.comeBack(this.peer as Peer)) this.isFlowing = true;
  }

  get id(): string {
    return this.peer.id;
  }

  /** Whether its client speaks envelopes instead of SignalR. */
  get isPlain(): boolean {
    return this.peer.client.protocol.name === 'plain';
  }

  get isReachable(): boolean {
    return this.isAccepted && !this.peer.isForgotten;
  }

  /** Numbers of the messages that its client has read. */
  get heard(): number[] {
    return this.peer.client.calls('Heard').map(([number]) => number as number);
  }

  /** Whether its client has no reason to believe that the connection is broken. */
  get seemsOpen(): boolean {
    const { client } = this.peer;
    return this.isAccepted && !client.isEnded && client.closeCode === undefined && client.closeRecord === undefined;
  }
}
