import type { Alarm } from '../../clock.ts';
import { Frequency } from '../../limits/frequency.ts';
import { type CloseReason, closeReason } from '../../protocol/close.ts';
import { EncodedMessage } from '../../protocol/encoded-message.ts';
import { IncomingSequence } from '../../protocol/incoming-sequence.ts';
import { MessageType } from '../../protocol/messages.ts';
import type { LaneParts } from '../../routing/lane-parts.ts';
import { ResumableLane, type ResumableLaneOwner } from '../../routing/stateful-reconnect/resumable-lane.ts';
import type { Resumable, Transport } from '../../transports/transport.ts';
import type { AttachedTransport } from '../attached-transport.ts';
import type { Report } from '../lifecycle-event.ts';
import type { ServerServices } from '../server-services.ts';
import type { ResumableConnection } from './resumable-connection.ts';

/** Milliseconds between two acknowledgements (as in ASP.NET Core SignalR). */
const ACK_MS = 1_000;
/** Maximum number of returns of one client within `RETURNS_MS`: each may cost all unacknowledged messages. */
const MAXIMUM_RETURNS = 10;
const RETURNS_MS = 10_000;

const TOO_OFTEN = `The client has come back more than ${MAXIMUM_RETURNS} times within ${RETURNS_MS} ms.`;
const LET_GO =
  'What the client had not acknowledged was too much to be kept (statefulReconnectBufferBytes, ' +
  'detachedConnections.limitBytes), so that it cannot go on where it was.';

export interface StatefulReconnectParts {
  readonly connectionId: string;
  readonly userId: string | undefined;
  readonly remoteAddress: string;
  readonly lane: LaneParts;
  /** Maximum of unacknowledged bytes that are kept (`statefulReconnectBufferBytes`). */
  readonly bufferBytes: number;
  readonly transport: AttachedTransport;
  readonly services: ServerServices;
  readonly report: Report;
  /** Called when another transport has been attached. */
  readonly restartInput: () => void;
}

/** Lets a session outlive its transport. Only sessions whose client has asked for it have one. */
export class StatefulReconnect implements ResumableLaneOwner, Resumable, ResumableConnection {
  readonly connectionId: string;
  readonly userId: string | undefined;
  readonly remoteAddress: string;
  readonly lane: ResumableLane;
  readonly sequence = new IncomingSequence();
  readonly #parts: StatefulReconnectParts;
  readonly #ack: Alarm;
  readonly #returns = new Frequency(MAXIMUM_RETURNS, RETURNS_MS);
  /** Whether the current transport is not the first, and has not yet taken all kept messages. */
  #isReturning = false;
  #isOver = false;

  constructor(parts: StatefulReconnectParts) {
    this.connectionId = parts.connectionId;
    this.userId = parts.userId;
    this.remoteAddress = parts.remoteAddress;
    this.#parts = parts;
    this.lane = new ResumableLane(parts.lane, this, parts.bufferBytes);
    this.#ack = parts.services.alarms.punctual(() => this.#acknowledge());
  }

  get isResumable(): boolean {
    return !this.#isOver && this.lane.isOpen;
  }

  /** Reason why the client cannot come back, although it was promised that; undefined: it can. */
  get objection(): string | undefined {
    return this.lane.isComplete ? undefined : LET_GO;
  }

  /** Counts a return. @returns false when it is refused: then the connection ends. */
  mayReturnNow(): boolean {
    const isOften = !this.#returns.take(this.#parts.services.alarms.realNow());
    const text = this.objection ?? (isOften ? TOO_OFTEN : undefined);
    if (text !== undefined) this.endWith(closeReason('connection-lost', { text }));
    return text === undefined;
  }

  /**
   * Attaches another transport: the client has come back. First it gets unacknowledged messages, then those that
   * waited.
   */
  attach(transport: Transport): void {
    const { report, restartInput, services } = this.#parts;
    const { detached } = services;
    this.#parts.transport.replace(transport);
    report({ type: 'transport.attached' });
    this.#isReturning = true;
    // The loss of the old transport has not been noticed: count the connection as detached now.
    if (!this.lane.isDetached) {
      detached.attached.remove(this);
      detached.add(this, this.lane.keptWeight);
    }
    detached.returned(this);
    restartInput();
    this.lane.attach(transport);
    this.heard();
    this.#parts.transport.listen();
  }

  /** Keeps messages from now on: the transport is lost, and the client may come back. */
  detach(): void {
    const { detached } = this.#parts.services;
    this.#ack.clear();
    detached.attached.remove(this);
    this.lane.detach();
    detached.add(this, this.lane.keptWeight, this.#keepsTooMuch);
  }

  /** Schedules an acknowledgement, within a second. Called when a record of the client has been parsed. */
  heard(): void {
    const isDue = this.sequence.needsAck && this.lane.isOpen && this.#parts.transport.end === undefined;
    if (isDue && !this.#ack.isSet) this.#ack.set(ACK_MS);
  }

  keptChanged(): void {
    if (this.#isOver) return;
    const { detached } = this.#parts.services;
    const { isDetached, hasResent, keptWeight, replayWeight } = this.lane;
    if (isDetached) detached.weigh(this, keptWeight, this.#keepsTooMuch);
    else if (!hasResent) detached.weigh(this, keptWeight);
    else this.#repeated(replayWeight);
  }

  trim(bytes: number): void {
    this.lane.trim(bytes);
  }

  endWith(reason: CloseReason): void {
    this.#parts.report({ type: 'connection.ended', reason });
  }

  /** Drops everything that is kept: the session closes, and its client cannot come back. */
  dispose(): void {
    this.#isOver = true;
    const { detached } = this.#parts.services;
    this.#ack.clear();
    detached.remove(this);
    detached.attached.remove(this);
  }

  get #keepsTooMuch(): boolean {
    return this.lane.keptBytes > this.#parts.bufferBytes;
  }

  /** Counts the connection as attached: its transport has taken everything. */
  #repeated(bytes: number): void {
    const { detached } = this.#parts.services;
    if (this.#isReturning) detached.remove(this);
    this.#isReturning = false;
    detached.weighAttached(this, bytes);
  }

  #acknowledge(): void {
    const { lane, sequence } = this;
    const ack = { type: MessageType.Ack, sequenceId: sequence.latest } as const;
    if (lane.pushUnlessCongested(EncodedMessage.reply(ack, lane.codec))) sequence.acked();
    else this.#ack.set(ACK_MS);
  }
}
