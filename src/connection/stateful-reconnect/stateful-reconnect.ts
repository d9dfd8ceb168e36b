import type { Alarm } from '../../clock.ts';
import { closeReason } from '../../protocol/close.ts';
import { EncodedMessage } from '../../protocol/encoded-message.ts';
import { IncomingSequence } from '../../protocol/incoming-sequence.ts';
import { MessageType } from '../../protocol/messages.ts';
import type { LaneParts } from '../../routing/lane-parts.ts';
import { ResumableLane, type ResumableLaneOwner } from '../../routing/stateful-reconnect/resumable-lane.ts';
import type { Resumable, Transport, TransportListener } from '../../transports/transport.ts';
import { AttachedTransport } from '../attached-transport.ts';
import type { Connection } from '../connection.ts';
import type { AttachedReplay } from './attached-replays.ts';
import { MAXIMUM_RETURNS, RETURNS_MS, Returns } from './returns.ts';

/** The distance of two acknowledgements (as in the original). */
const ACK_MS = 1_000;

const TOO_OFTEN = `The client has come back more than ${MAXIMUM_RETURNS} times within ${RETURNS_MS} ms.`;
const LET_GO =
  'What the client had not acknowledged was too much to be kept (statefulReconnectBufferBytes, ' +
  'detachedConnections.limitBytes), so that it cannot go on where it was.';

/** What makes a connection outlive its transport (stateful reconnect). Only those have one that asked for it. */
export class StatefulReconnect implements ResumableLaneOwner, Resumable, AttachedReplay {
  readonly sequence = new IncomingSequence();
  readonly #connection: Connection;
  readonly #mostBytes: number;
  readonly #ack: Alarm;
  readonly #returns = new Returns();
  #lane: ResumableLane | undefined;
  /** Its present transport is not the first, and has not had everything that was kept. */
  #isReturning = false;
  #isOver = false;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#mostBytes = connection.hub.options.statefulReconnectBufferBytes;
    this.#ack = connection.runtime.services.alarms.punctual(() => this.#acknowledge());
  }

  get connectionId(): string {
    return this.#connection.connectionId;
  }
  get userId(): string | undefined {
    return this.#connection.userId;
  }

  listenerTo(transport: Transport): TransportListener {
    return new AttachedTransport(this.#connection, transport);
  }

  makeLane(parts: LaneParts): ResumableLane {
    this.#lane = new ResumableLane(parts, this, this.#mostBytes);
    return this.#lane;
  }

  // --- what its client says

  /** Something has been parsed, perhaps when nobody is there any more. */
  heard(): void {
    const { isEnding, transportEnd } = this.#connection;
    const isDue = this.sequence.needsAck && !isEnding && transportEnd === undefined;
    if (isDue && !this.#ack.isSet) this.#ack.set(ACK_MS);
  }
  acknowledged(number: number): void {
    this.#lane?.acknowledged(number);
  }

  // --- what its lane keeps

  keptChanged(): void {
    if (this.#isOver) return;
    const { detached } = this.#connection.runtime.services;
    const { isDetached, hasResent, keptBytes, keptWeight, replayWeight } = this.#lane as ResumableLane;
    if (isDetached) detached.weigh(this.#connection, keptWeight, keptBytes > this.#mostBytes);
    else if (!hasResent) detached.weigh(this.#connection, keptWeight);
    else this.#repeated(replayWeight);
  }
  letGo(bytes: number): void {
    this.#lane?.trim(bytes);
  }
  // --- what becomes of its transports

  get isResumable(): boolean {
    return this.#lane?.isOpen === true && !this.#connection.isEnding;
  }
  get objection(): string | undefined {
    return this.#lane?.isComplete === true ? undefined : LET_GO;
  }

  mayReturnNow(): boolean {
    const isOften = !this.#returns.take(this.#connection.runtime.services.alarms.realNow());
    const text = this.objection ?? (isOften ? TOO_OFTEN : undefined);
    if (text !== undefined) this.#connection.endWith(closeReason('connection-lost', { text }));
    return text === undefined;
  }

  attach(transport: Transport): void {
    this.#connection.attachTransport(transport);
    transport.listen(this.listenerTo(transport));
  }

  lost(): void {
    const { session, runtime } = this.#connection;
    session?.silence();
    this.#ack.clear();
    runtime.services.detached.attached.remove(this);
    const lane = this.#lane as ResumableLane;
    lane.detach();
    runtime.services.detached.add(this.#connection, lane.keptWeight, lane.keptBytes > this.#mostBytes);
  }

  attached(transport: Transport): void {
    const { detached } = this.#connection.runtime.services;
    const lane = this.#lane as ResumableLane;
    this.#isReturning = true;
    // The loss of the one that it had has not been noticed: it counts as if it had.
    if (!lane.isDetached) {
      detached.attached.remove(this);
      detached.add(this.#connection, lane.keptWeight);
    }
    detached.returned(this.#connection);
    this.#connection.session?.restart();
    lane.attach(transport);
    this.heard();
  }

  /** The end. */
  stop(): void {
    this.#isOver = true;
    const { detached } = this.#connection.runtime.services;
    this.#ack.clear();
    detached.remove(this.#connection);
    detached.attached.remove(this);
  }

  /** Its transport has had everything: from here on it can let go. */
  #repeated(bytes: number): void {
    const { detached } = this.#connection.runtime.services;
    if (this.#isReturning) detached.remove(this.#connection);
    this.#isReturning = false;
    detached.weighAttached(this, bytes);
  }

  #acknowledge(): void {
    const { lane } = this.#connection;
    const ack = { type: MessageType.Ack, sequenceId: this.sequence.latest } as const;
    if (lane.pushUnlessCongested(EncodedMessage.reply(ack, lane.codec))) this.sequence.acked();
    else this.#ack.set(ACK_MS);
  }
}
