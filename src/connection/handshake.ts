import type { Alarm, Alarms } from '../clock.ts';
import type { MountedHub } from '../hub/mounted-hub.ts';
import { type CloseReason, closeReason } from '../protocol/close.ts';
import type { Codec } from '../protocol/codec.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import {
  chooseCodec,
  failureOf,
  HANDSHAKE_LAYOUT,
  type HandshakeRefusal,
  handshakeRefused,
  parseHandshake,
} from '../protocol/handshake.ts';
import { readRecord } from '../protocol/json.ts';
import { positionsVariant } from '../protocol/positions-variant.ts';
import { RecordBuffer } from '../protocol/record-buffer.ts';
import type { NewConnection } from '../transports/new-connection.ts';
import type { AttachedTransport } from './attached-transport.ts';
import { handshakeAccepted } from './constant-messages.ts';
import type { Report } from './lifecycle-event.ts';
import type { Backlog, BacklogOwner, Backlogs } from './mailbox/backlogs.ts';

export interface HandshakeParts {
  readonly origin: NewConnection;
  readonly hub: MountedHub;
  readonly transport: AttachedTransport;
  readonly alarms: Alarms;
  readonly backlogs: Backlogs;
  readonly report: Report;
}

/** The protocol of a connection, and the bytes that came behind the client's choice of it. */
export interface AcceptedHandshake {
  /** The codec that was chosen, or its variant for clients that ask for positions. */
  readonly codec: Codec;
  /** The version of the hub protocol; 0 when the connection came with its codec. */
  readonly version: number;
  /** The answer to the client; undefined when it has sent no handshake. */
  readonly response: EncodedMessage | undefined;
  readonly input: RecordBuffer;
  /** Counts the bytes in `input`. */
  readonly backlog: Backlog;
}

/**
 * The first phase of a connection: the client's first record names the protocol of all later ones. A connection that
 * comes with its codec passes it at once.
 */
export class Handshake implements BacklogOwner {
  readonly backlog: Backlog;
  /** Its user may change until the session begins. */
  origin: NewConnection;
  readonly #parts: HandshakeParts;
  readonly #limit: Alarm;
  /** Bytes that have arrived. Those behind the first record stay in it. */
  readonly #input: RecordBuffer;
  #accepted: AcceptedHandshake | undefined;

  constructor(parts: HandshakeParts) {
    this.origin = parts.origin;
    this.#parts = parts;
    this.#input = new RecordBuffer(parts.origin.codec?.recordsPerMessage);
    this.backlog = parts.backlogs.open(this);
    this.#limit = parts.alarms.alarm(() => this.#timeOut());
  }

  get connectionId(): string {
    return this.origin.connectionId;
  }

  /** undefined while no handshake has been accepted. */
  get accepted(): AcceptedHandshake | undefined {
    return this.#accepted;
  }

  /** Starts the time limit for the handshake (`handshakeTimeoutMs`), or reports that none is needed. */
  begin(): void {
    const { codec } = this.origin;
    if (codec === undefined) this.#limit.set(this.#parts.hub.options.handshakeTimeoutMs);
    else this.#accept(codec, 0, undefined);
  }

  receive(chunk: Buffer): void {
    this.#input.append(chunk);
    this.#read();
    this.backlog.unread = this.#input.length;
    this.backlog.enforce();
  }

  /** Writes to the client that its handshake has not come in time. */
  cancel(): void {
    this.#write(handshakeRefused(errorTexts.handshakeCanceled));
  }

  overflowed(reason: CloseReason): void {
    this.#parts.report({ type: 'connection.ended', reason });
  }

  /** Clears the time limit: the session begins. */
  finish(): void {
    this.#limit.clear();
  }

  /** Drops all bytes, and clears the time limit: there will be no session. */
  dispose(): void {
    this.#limit.clear();
    this.#input.clear();
    this.backlog.unread = 0;
  }

  #read(): void {
    const { hub, transport } = this.#parts;
    let codec: Codec;
    let version: number;
    try {
      const record = readRecord(this.#input, hub.options.maximumReceiveMessageBytes);
      this.#input.compact();
      if (record === undefined) return;
      const request = parseHandshake(record);
      const choice = chooseCodec(request, hub.codecs, transport.current.name);
      if ('refusal' in choice) {
        this.#refuse(choice);
        return;
      }
      ({ codec } = choice);
      ({ version } = request);
    } catch (error) {
      this.#refuse(failureOf(error, hub.options.detailedErrors));
      return;
    }
    this.#accept(codec, version, handshakeAccepted(codec));
  }

  #accept(chosen: Codec, version: number, response: EncodedMessage | undefined): void {
    const codec = this.origin.wantsPositions === true ? positionsVariant(chosen) : chosen;
    this.#accepted = { codec, version, response, input: this.#input, backlog: this.backlog };
    this.#parts.report({ type: 'handshake.accepted' });
  }

  #refuse({ refusal, reason, option }: HandshakeRefusal): void {
    const { connectionId } = this;
    const { hub, report } = this.#parts;
    hub.log.refused('handshake-refused')?.({ ...(option !== undefined && { option }), reason, connectionId });
    this.#write(handshakeRefused(refusal));
    report({ type: 'handshake.refused', reason: closeReason('handshake-failed', { text: refusal }) });
  }

  #timeOut(): void {
    const { connectionId } = this;
    const { hub, report } = this.#parts;
    hub.log.refused('handshake-late')?.({ connectionId, limitMs: hub.options.handshakeTimeoutMs });
    const text = 'No handshake came within handshakeTimeoutMs.';
    report({ type: 'handshake.timedOut', reason: closeReason('handshake-failed', { text }) });
  }

  /** Writes past any lane: there is none yet, and this is the last record. */
  #write(record: Buffer): void {
    const { current } = this.#parts.transport;
    current.write(current.framing(HANDSHAKE_LAYOUT).frame([record], record.length));
  }
}
