import type { Codec } from './codec.ts';
import { jsonCodec } from './json.ts';
import { messagePackCodec } from './messagepack.ts';

/** The hub protocols that a client may ask for in its handshake: the only list of them. */
export const CODECS = [jsonCodec, messagePackCodec] as const satisfies readonly Codec[];

/** Names of the hub protocols, as in the handshake. */
export type ProtocolName = (typeof CODECS)[number]['name'];
export const PROTOCOL_NAMES: readonly ProtocolName[] = CODECS.map(({ name }) => name);
