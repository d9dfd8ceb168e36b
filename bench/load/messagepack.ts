import { decode, encode } from '@msgpack/msgpack';
import type { Dialect } from './dialect.ts';
import { BINARY } from './frames.ts';
import { signalR } from './signalr.ts';

const NO_HEADERS = {};
const NO_STREAMS: readonly string[] = [];
const ID_REQUEST = '0';
const SEVEN_BITS = 0x7f;
const MORE = 0x80;

/** A message with its length prefix, seven bits in each byte (SignalR's hub protocol, "MessagePack Encoding"). */
function record(message: readonly unknown[]): string {
  const bytes = encode(message);
  const prefix: number[] = [];
  let rest = bytes.length;
  do {
    const bits = rest & SEVEN_BITS;
    rest >>= 7;
    prefix.push(rest > 0 ? bits | MORE : bits);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(prefix), bytes]).toString('latin1');
}

function call(id: string | null, target: string, args: readonly unknown[]): string {
  return record([1, NO_HEADERS, id, target, args, NO_STREAMS]);
}

/** SignalR's MessagePack protocol. */
export const messagePack: Dialect = {
  path: signalR.path,
  handshake: '{"protocol":"messagepack","version":1}\x1e',
  askId: call(ID_REQUEST, 'Id', []),
  opcode: BINARY,
  endOf(bytes, start, end) {
    // The answer to the handshake is JSON in every protocol: `{}`. (A length prefix may look like its first byte.)
    if (bytes[start] === 0x7b && bytes[start + 1] === 0x7d) return signalR.endOf(bytes, start, end);
    let at = start;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at] as number;
      at += 1;
      length |= (byte & SEVEN_BITS) << shift;
      if (byte < MORE) return at + length;
    }
  },
  isReady: signalR.isReady,
  idIn(message) {
    // JSON, or longer than any answer to the request for the id.
    if (message.startsWith('{}') || message.charCodeAt(0) >= MORE) return undefined;
    const [type, , id, , result] = decode(Buffer.from(message.slice(1), 'latin1')) as readonly unknown[];
    return type === 3 && id === ID_REQUEST ? String(result) : undefined;
  },
  ping: record([6]),
  replyTo: () => undefined,

  echo: (id, data) => call(String(id), 'Echo', [data]),
  broadcast: (data) => call(null, 'Broadcast', [data]),
  whisper: (to, data) => call(null, 'Whisper', [to, data]),
  join: (id, group) => call(String(id), 'Join', [group]),
  toGroup: (group, data) => call(null, 'ToGroup', [group, data]),

  delivery: (data) => call(null, 'm', [data]),
  echoed: (id, data) => record([3, NO_HEADERS, String(id), 3, data]),
  joined: (id) => record([3, NO_HEADERS, String(id), 3, null]),
};
