import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

/** A message of a client of the plain servers. */
export type PlainCall =
  | { readonly op: 'echo'; readonly id: number; readonly data: string }
  | { readonly op: 'broadcast'; readonly data: string }
  | { readonly op: 'whisper'; readonly to: string; readonly data: string }
  | { readonly op: 'join'; readonly id: number; readonly group: string }
  | { readonly op: 'toGroup'; readonly group: string; readonly data: string };

/** Sending functions of one of the two plain servers. `accept` makes the list entry of a socket. */
export interface Sending<Peer> {
  accept(socket: WebSocket): Peer;
  one(peer: Peer, message: object): void;
  many(peers: Iterable<Peer>, message: object): void;
}

/** A minimal hub on ws: JSON, a Map of clients, a Map of groups. */
export function plainHub<Peer>(http: Server, sending: Sending<Peer>): void {
  const peers = new Map<string, Peer>();
  const groups = new Map<string, Set<Peer>>();
  const server = new WebSocketServer({ server: http, clientTracking: false, perMessageDeflate: false });
  server.on('connection', (socket) => {
    const id = randomUUID();
    const peer = sending.accept(socket);
    peers.set(id, peer);
    socket.on('message', (data) => handle(peer, JSON.parse(String(data)) as PlainCall));
    socket.on('close', () => {
      peers.delete(id);
      for (const members of groups.values()) members.delete(peer);
    });
    sending.one(peer, { you: id });
  });

  function handle(from: Peer, call: PlainCall): void {
    switch (call.op) {
      case 'echo':
        sending.one(from, { id: call.id, data: call.data });
        return;
      case 'broadcast':
        sending.many(peers.values(), { m: call.data });
        return;
      case 'whisper': {
        const to = peers.get(call.to);
        if (to !== undefined) sending.one(to, { m: call.data });
        return;
      }
      case 'join': {
        const members = groups.get(call.group) ?? new Set();
        groups.set(call.group, members.add(from));
        sending.one(from, { id: call.id });
        return;
      }
      case 'toGroup':
        sending.many(groups.get(call.group) ?? [], { m: call.data });
        return;
    }
  }
}
