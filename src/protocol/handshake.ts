import { ProtocolError, visibleDetail } from '../errors.ts';
import type { Codec } from './codec.ts';
import { errorTexts } from './error-texts.ts';
import { isUnicode, parseJsonRecord } from './json-text.ts';
import { canCarry, type TransportName } from './negotiate.ts';

/** The newest version of the hub protocol. */
const HUB_PROTOCOL_VERSION = 2;
/** From this version on a client knows Ack and Sequence. */
export const RECONNECT_VERSION = 2;

/** Far more than a handshake has: of one with more nothing but its own properties is made. */
const MAXIMUM_VALUES = 1_000;

/** The first record of a client: always JSON, whatever protocol it asks for (HubProtocol.md, "Handshake"). */
export interface HandshakeRequest {
  readonly protocol: string;
  readonly version: number;
}

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

/** What the client wants to speak, or why that cannot be served, as the client reads it. */
export function chooseCodec<C extends Pick<Codec, 'name' | 'transferFormat'>>(
  request: HandshakeRequest,
  codecs: readonly C[],
  transport: TransportName,
): { readonly codec: C } | { readonly refusal: string } {
  const codec = codecs.find(({ name }) => name === request.protocol.toLowerCase());
  if (codec === undefined) return { refusal: errorTexts.protocolNotSupported(request.protocol) };
  const { name, transferFormat } = codec;
  if (request.version > HUB_PROTOCOL_VERSION) return { refusal: errorTexts.versionNotSupported(name, request.version) };
  if (!canCarry(transport, transferFormat)) return { refusal: errorTexts.formatNotSupported(name, transferFormat) };
  return { codec };
}

/** The text for a record that is no handshake. */
export function failureOf(error: unknown, detailedErrors: boolean): string {
  return errorTexts.handshakeFailed(visibleDetail(error, detailedErrors));
}

function isInt32(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 0x7fffffff;
}
