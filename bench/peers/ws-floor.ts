// The minimum of work in Node: a message is framed once, and each socket gets one write in a tick, without the sending
// code of ws. It has no back-pressure, no limits and no error handling, so it is not for production. All others are
// compared with it.
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { announced } from './announced.ts';
import { wsHub } from './ws-hub.ts';

interface Peer {
  readonly socket: Duplex;
  frames: Buffer[];
}

let dirty: Peer[] = [];
/** Frames of a tick and their joined buffer, shared by peers that get the same messages. */
let last: { readonly frames: readonly Buffer[]; readonly joined: Buffer } | undefined;

function frame(message: object): Buffer {
  const text = JSON.stringify(message);
  const length = Buffer.byteLength(text);
  const header = length < 126 ? 2 : 4;
  const bytes = Buffer.allocUnsafe(header + length);
  bytes[0] = 0x81;
  if (header === 2) bytes[1] = length;
  else {
    bytes[1] = 126;
    bytes.writeUInt16BE(length, 2);
  }
  bytes.write(text, header);
  return bytes;
}

function push(peer: Peer, bytes: Buffer): void {
  if (peer.frames.length === 0) {
    if (dirty.length === 0) setImmediate(flush);
    dirty.push(peer);
  }
  peer.frames.push(bytes);
}

function flush(): void {
  const peers = dirty;
  dirty = [];
  for (const peer of peers) {
    peer.socket.write(joined(peer.frames));
    peer.frames = [];
  }
  last = undefined;
}

function joined(frames: readonly Buffer[]): Buffer {
  if (frames.length === 1) return frames[0] as Buffer;
  const isSame = last?.frames.length === frames.length && last.frames.every((bytes, at) => bytes === frames[at]);
  if (!isSame) last = { frames, joined: Buffer.concat(frames) };
  return (last as NonNullable<typeof last>).joined;
}

wsHub<Peer>(announced(), {
  accept: (socket) => ({ socket: (socket as WebSocket & { readonly _socket: Duplex })._socket, frames: [] }),
  one: (peer, message) => push(peer, frame(message)),
  many(peers, message) {
    const bytes = frame(message);
    for (const peer of peers) push(peer, bytes);
  },
});
