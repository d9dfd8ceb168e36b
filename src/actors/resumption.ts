import type { Alarm } from '../clock.ts';
import { closeReason } from '../protocol/close.ts';
import { EncodedMessage } from '../protocol/encoded-message.ts';
import { IncomingSequence } from '../protocol/incoming-sequence.ts';
import { MessageType } from '../protocol/messages.ts';
import type { LaneParts } from '../routing/lane-parts.ts';
import { ResumableLane, type ResumableLaneOwner } from '../routing/resumable-lane.ts';
import type { Returnable, Transport, TransportListener } from '../transports/transport.ts';
import { Attachment } from './attachment.ts';
import type { Connection } from './connection.ts';
import { MAXIMUM_RETURNS, RETURNS_MS, Returns } from './returns.ts';

/** The distance of two acknowledgements (as in the original). */
const ACK_MS = 1_000;

/** What makes a connection outlive its transport (stateful reconnect). Only those have one that asked for it. */
export class Resumption implements ResumableLaneOwner, Returnable {
  readonly sequence = new IncomingSequence();
  readonly #connection: Connection;
  readonly #ack: Alarm;
  readonly #returns = new Returns();
  #lane: ResumableLane | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#ack = connection.host.services.alarms.punctual(() => this.#acknowledge());
  }

  listenerTo(transport: Transport): TransportListener {
    return new Attachment(this.#connection, transport);
  }

  makeLane(parts: LaneParts): ResumableLane {
    this.#lane = new ResumableLane(parts, this, this.#connection.hub.options.statefulReconnectBufferBytes);
    return this.#lane;
  }

  // --- what its client says

  /** Something has been parsed, perhaps when nobody is there any more. */
  heard(): void {
    const { isEnding, transportEnd } = this.#connection;
    const isDue = this.sequence.isUnsaid && !isEnding && transportEnd === undefined;
    if (isDue && !this.#ack.isSet) this.#ack.set(ACK_MS);
  }
  acknowledged(number: number): void {
    this.#lane?.acknowledged(number);
  }
  /** Reading stops. */
  deafened(): void {
    this.#lane?.releaseUnheard();
  }

  // --- what its lane asks and tells

  get isHearing(): boolean {
    return this.#connection.conversation?.mailbox.isFull !== true;
  }
  get isHeldUp(): boolean {
    return !this.isHearing && this.#connection.conversation?.mailbox.isHeldUpByCalls === true;
  }
  get keptBytes(): number {
    return this.#lane?.keptBytes ?? 0;
  }
  keptMore(): void {
    this.#connection.host.services.detached.weigh(this.#connection, this.keptBytes);
  }

  // --- what becomes of its transports

  get isResumable(): boolean {
    return this.#lane?.isOpen === true && !this.#connection.isEnding;
  }

  mayReturnNow(): boolean {
    if (this.#returns.take(this.#connection.host.services.alarms.realNow())) return true;
    const text = `The client has come back more than ${MAXIMUM_RETURNS} times within ${RETURNS_MS} ms.`;
    this.#connection.endWith(closeReason('connection-lost', { text }));
    return false;
  }

  attach(transport: Transport): void {
    this.#connection.carryOn(transport);
    transport.listen(this.listenerTo(transport));
  }

  lost(): void {
    const { conversation, host } = this.#connection;
    conversation?.silence();
    this.#ack.clear();
    this.#lane?.detach();
    host.services.detached.add(this.#connection, this.keptBytes);
  }

  attached(transport: Transport): void {
    this.#connection.host.services.detached.remove(this.#connection);
    this.#connection.conversation?.restart();
    this.#lane?.attach(transport);
    this.heard();
  }

  /** The end. */
  stop(): void {
    this.#ack.clear();
    this.#connection.host.services.detached.remove(this.#connection);
  }

  #acknowledge(): void {
    const { lane } = this.#connection;
    const ack = { type: MessageType.Ack, sequenceId: this.sequence.latest } as const;
    if (lane.pass(EncodedMessage.reply(ack, lane.codec))) this.sequence.said();
    else this.#ack.set(ACK_MS);
  }
}
