import type { Alarm } from '../clock.ts';
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
import type { Connection } from './connection.ts';
import type { Backlog, BacklogOwner } from './mailbox/backlogs.ts';

/** The handshake of one connection: its first record says which protocol the rest is in. */
export class Handshake implements BacklogOwner {
  /** What has arrived; what stands behind the first record is left in it. */
  readonly input = new RecordBuffer();
  readonly backlog: Backlog;
  readonly #connection: Connection;
  readonly #limit: Alarm;
  #codec: Codec | undefined;
  #version = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.backlog = connection.runtime.services.backlogs.open(this);
    this.#limit = connection.runtime.services.alarms.alarm(() => {
      const { connectionId, hub } = connection;
      hub.log.refused('handshake-late')?.({ connectionId, limitMs: hub.options.handshakeTimeoutMs });
      const reason = closeReason('handshake-failed', { text: 'No handshake came within handshakeTimeoutMs.' });
      connection.tell({ type: 'handshake.timedOut', reason });
    });
  }

  get connectionId(): string {
    return this.#connection.connectionId;
  }

  /** What the client wants to speak, once it has said so. */
  get codec(): Codec {
    return this.#codec as Codec;
  }

  /** The version of the hub protocol that it asks for. */
  get version(): number {
    return this.#version;
  }

  begin(): void {
    this.#limit.set(this.#connection.hub.options.handshakeTimeoutMs);
  }

  stop(): void {
    this.#limit.clear();
  }

  receive(chunk: Buffer): void {
    this.input.append(chunk);
    this.#read();
    this.backlog.unread = this.input.length;
    this.backlog.enforce();
  }

  #read(): void {
    const { hub, transport } = this.#connection;
    try {
      const record = readRecord(this.input, hub.options.maximumReceiveMessageBytes);
      this.input.compact();
      if (record === undefined) return;
      const request = parseHandshake(record);
      const choice = chooseCodec(request, hub.codecs, transport.name);
      if ('refusal' in choice) {
        this.#refuse(choice);
        return;
      }
      this.#codec = choice.codec;
      this.#version = request.version;
    } catch (error) {
      this.#refuse(failureOf(error, hub.options.detailedErrors));
      return;
    }
    this.#connection.tell({ type: 'handshake.accepted' });
  }

  /** There will be none: nothing of it is kept. */
  end(): void {
    this.stop();
    this.input.clear();
    this.backlog.unread = 0;
  }

  overflowed(reason: CloseReason): void {
    this.#connection.endWith(reason);
  }

  /** Tells the client that there was no handshake in time. */
  cancel(): void {
    this.#write(handshakeRefused(errorTexts.handshakeCanceled));
  }

  #refuse({ refusal, reason, option }: HandshakeRefusal): void {
    const { connectionId, hub } = this.#connection;
    hub.log.refused('handshake-refused')?.({ ...(option !== undefined && { option }), reason, connectionId });
    this.#write(handshakeRefused(refusal));
    this.#connection.tell({ type: 'handshake.refused', reason: closeReason('handshake-failed', { text: refusal }) });
  }

  /** There is no lane yet, and what is written now is the last that is written. */
  #write(record: Buffer): void {
    const { transport } = this.#connection;
    transport.write(transport.framing('Text').frame([record], record.length));
  }
}
