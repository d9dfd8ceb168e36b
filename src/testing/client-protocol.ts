import type { RecordLayout } from '../protocol/record-layout.ts';

const SEPARATOR = '\x1e';

/** A record of a client, with the property names of JSON. */
export interface SentRecord {
  readonly type: number;
  readonly invocationId?: string | undefined;
  readonly target?: string;
  readonly arguments?: readonly unknown[];
  readonly streamIds?: readonly string[];
  readonly item?: unknown;
  readonly result?: unknown;
  readonly error?: string | undefined;
  readonly allowReconnect?: boolean;
  readonly sequenceId?: number;
}

/** A record as the client reads it, with the property names of JSON. */
export interface ReadRecord {
  readonly type?: number;
  /** Absent when there are none. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly arguments?: readonly unknown[];
  readonly invocationId?: string;
  readonly item?: unknown;
  readonly result?: unknown;
  readonly error?: string;
  readonly allowReconnect?: boolean;
  readonly sequenceId?: number;
  /** Name of the reason of a Close, in envelopes. */
  readonly reason?: string;
}

/** A protocol from the side of the client: records to bytes, and bytes to records. */
export interface ClientProtocol extends RecordLayout {
  /** Name of the protocol, as in the handshake. */
  readonly name: string;
  /** false: its connections have no handshake. Default: true. */
  readonly hasHandshake?: boolean;
  /** Returns the bytes of one record, framing included. */
  write(record: SentRecord): Buffer;
  /** Returns the bytes of one record that is no message; `text` is a part of it. */
  writeGarbage(text: string): Buffer;
  /**
   * Returns the records of a message of the server. The response to the handshake, JSON in any protocol, may be its
   * first record.
   *
   * @throws {Error} when the bytes are not exactly whole records of this protocol.
   */
  read(message: Buffer): ReadRecord[];
}

/** The protocol `json`, written and read without any code of the server. */
export const JSON_PROTOCOL: ClientProtocol = {
  name: 'json',
  transferFormat: 'Text',
  recordsPerMessage: 'many',
  write: (record) => Buffer.from(JSON.stringify(record) + SEPARATOR),
  writeGarbage: (text) => Buffer.from(text + SEPARATOR),
  read: textRecords,
};

/** Records of a text message. @throws {Error} when it does not consist of whole records. */
export function textRecords(message: Buffer): ReadRecord[] {
  const texts = message.toString('utf8').split(SEPARATOR);
  if (texts.pop() !== '') throw new Error('The message ends within a record.');
  return texts.map((text) => JSON.parse(text) as ReadRecord);
}
