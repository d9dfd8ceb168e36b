import { ProtocolError, visibleDetail } from '../errors.ts';
import type { Codec } from './codec.ts';
import { errorTexts } from './error-texts.ts';
import { isUnicode, parseJsonRecord } from './json-text.ts';
import { MessageTooLargeError } from './message-too-large.ts';
import { canCarry, type TransportName } from './negotiate.ts';
import type { RecordLayout } from './record-layout.ts';

/** Highest version of the hub protocol. */
const HUB_PROTOCOL_VERSION = 2;
const TOO_NEW = `The version of the protocol is above ${HUB_PROTOCOL_VERSION}.`;
/** Lowest version of a client that knows Ack and Sequence. */
export const RECONNECT_VERSION = 2;

/** Far more values than a handshake has. Of a record with more, only the outline is parsed. */
const MAXIMUM_VALUES = 1_000;

/** The first record of a client: always JSON, whatever protocol it asks for (HubProtocol.md, "Handshake"). */
interface HandshakeRequest {
  readonly protocol: string;
  readonly version: number;
}

/** Placement of the handshake's records, which are those of JSON in every protocol. */
export const HANDSHAKE_LAYOUT: RecordLayout = { transferFormat: 'Text', recordsPerMessage: 'many' };

export const HANDSHAKE_ACCEPTED: Buffer = Buffer.from('{}\x1e');

export function handshakeRefused(error: string): Buffer {
  return Buffer.from(`${JSON.stringify({ error })}\x1e`);
}

/** @throws {ProtocolError} when the record is no handshake. */
export function parseHandshake(record: Buffer): HandshakeRequest {
  const { value } = parseJsonRecord(record, MAXIMUM_VALUES);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError('The handshake must be a JSON Object with protocol and version.');
  }
  const { protocol, version } = value as Record<string, unknown>;
  if (protocol === undefined || version === undefined) {
    throw new ProtocolError(`Missing required property '${protocol === undefined ? 'protocol' : 'version'}'.`);
  }
  if (typeof protocol !== 'string' || !isUnicode(protocol)) {
    throw new ProtocolError("Expected 'protocol' to be of type String.");
  }
  if (!isInt32(version)) throw new ProtocolError("Expected 'version' to be of type Number.");
  return { protocol, version };
}

/** The reason for which a handshake is refused. */
export interface HandshakeRefusal {
  /** Text for the client. */
  readonly refusal: string;
  /** Text for the log, which quotes nothing of the client. */
  readonly reason: string;
  /** The option that decides. */
  readonly option?: string;
}

/** Returns the codec of the protocol that the client asks for, or the refusal. */
export function chooseCodec<C extends Pick<Codec, 'name' | 'transferFormat'>>(
  request: HandshakeRequest,
  codecs: readonly C[],
  transport: TransportName,
): { readonly codec: C } | HandshakeRefusal {
  const codec = codecs.find(({ name }) => name === request.protocol.toLowerCase());
  if (codec === undefined) {
    const refusal = errorTexts.protocolNotSupported(request.protocol);
    return { refusal, reason: 'Its hub does not speak the protocol.', option: 'protocols' };
  }
  const { name, transferFormat } = codec;
  if (request.version > HUB_PROTOCOL_VERSION) {
    const refusal = errorTexts.versionNotSupported(name, request.version);
    return { refusal, reason: TOO_NEW };
  }
  if (!canCarry(transport, transferFormat)) {
    const refusal = errorTexts.formatNotSupported(name, transferFormat);
    return { refusal, reason: refusal, option: 'transports' };
  }
  return { codec };
}

/** The refusal of a record that is no handshake. */
export function failureOf(error: unknown, detailedErrors: boolean): HandshakeRefusal {
  const reason = error instanceof ProtocolError ? error.logged : 'It cannot be read.';
  // The text of ASP.NET Core SignalR, also for a record that is too long.
  if (error instanceof MessageTooLargeError) {
    return { refusal: errorTexts.handshakeCanceled, reason, option: error.option };
  }
  return { refusal: errorTexts.handshakeFailed(visibleDetail(error, detailedErrors)), reason };
}

function isInt32(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 0x7fffffff;
}
