import type { Alarm, Alarms } from '../clock.ts';
import type { MountedHub } from '../hub/mounted-hub.ts';
import { type CloseReason, closeReason } from '../protocol/close.ts';
import type { Codec } from '../protocol/codec.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import {
  chooseCodec,
  failureOf,
  type HandshakeRefusal,
  handshakeRefused,
  parseHandshake,
} from '../protocol/handshake.ts';
import { readRecord } from '../protocol/json.ts';
import { RecordBuffer } from '../protocol/record-buffer.ts';
import type { AttachedTransport } from './attached-transport.ts';
import type { Report } from './lifecycle-event.ts';
import type { Backlog, BacklogOwner, Backlogs } from './mailbox/backlogs.ts';

export interface HandshakeParts {
  readonly connectionId: string;
  readonly hub: MountedHub;
  readonly transport: AttachedTransport;
  readonly alarms: Alarms;
  readonly backlogs: Backlogs;
  readonly report: Report;
}

/** What the client has asked for, and what it has sent behind that. */
export interface AcceptedHandshake {
  readonly codec: Codec;
  /** The version of the hub protocol. */
  readonly version: number;
  readonly input: RecordBuffer;
  /** The bytes in `input` count there. */
  readonly backlog: Backlog;
}

/** The first phase of a connection: its first record says which protocol the rest is in. */
export class Handshake implements BacklogOwner {
  readonly backlog: Backlog;
  readonly #parts: HandshakeParts;
  readonly #limit: Alarm;
  /** What has arrived. What stands behind the first record is left in it. */
  readonly #input = new RecordBuffer();
  #accepted: AcceptedHandshake | undefined;

  constructor(parts: HandshakeParts) {
    this.#parts = parts;
    this.backlog = parts.backlogs.open(this);
    this.#limit = parts.alarms.alarm(() => this.#timeOut());
  }

  get connectionId(): string {
    return this.#parts.connectionId;
  }

  /** undefined while nothing has been accepted. */
  get accepted(): AcceptedHandshake | undefined {
    return this.#accepted;
  }

  /** Begins to count the time that the client has (`handshakeTimeoutMs`). */
  begin(): void {
    this.#limit.set(this.#parts.hub.options.handshakeTimeoutMs);
  }

  receive(chunk: Buffer): void {
    this.#input.append(chunk);
    this.#read();
    this.backlog.unread = this.#input.length;
    this.backlog.enforce();
  }

  /** Tells the client that its handshake did not come in time. */
  cancel(): void {
    this.#write(handshakeRefused(errorTexts.handshakeCanceled));
  }

  overflowed(reason: CloseReason): void {
    this.#parts.report({ type: 'connection.ended', reason });
  }

  /** The next phase begins: no time limit any more. */
  finish(): void {
    this.#limit.clear();
  }

  /** There is no next phase: nothing that has arrived is kept. */
  dispose(): void {
    this.#limit.clear();
    this.#input.clear();
    this.backlog.unread = 0;
  }

  #read(): void {
    const { hub, report, transport } = this.#parts;
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
      const { version } = request;
      this.#accepted = { codec: choice.codec, version, input: this.#input, backlog: this.backlog };
    } catch (error) {
      this.#refuse(failureOf(error, hub.options.detailedErrors));
      return;
    }
    report({ type: 'handshake.accepted' });
  }

  #refuse({ refusal, reason, option }: HandshakeRefusal): void {
    const { connectionId, hub, report } = this.#parts;
    hub.log.refused('handshake-refused')?.({ ...(option !== undefined && { option }), reason, connectionId });
    this.#write(handshakeRefused(refusal));
    report({ type: 'handshake.refused', reason: closeReason('handshake-failed', { text: refusal }) });
  }

  #timeOut(): void {
    const { connectionId, hub, report } = this.#parts;
    hub.log.refused('handshake-late')?.({ connectionId, limitMs: hub.options.handshakeTimeoutMs });
    const text = 'No handshake came within handshakeTimeoutMs.';
    report({ type: 'handshake.timedOut', reason: closeReason('handshake-failed', { text }) });
  }

  /** There is no lane yet, and what is written now is the last that is written. */
  #write(record: Buffer): void {
    const { current } = this.#parts.transport;
    current.write(current.framing('Text').frame([record], record.length));
  }
}
