import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { BARE, ENVELOPES, type Wire } from './wires.ts';

/** Path at which clients speak envelopes; at any other they speak bare JSON. */
const PATH_OF_ENVELOPES = '/bench/ws';

/** Sending functions of one of the two servers on ws. `accept` makes the list entry of a socket. */
export interface Sending<Peer> {
  accept(socket: WebSocket): Peer;
  one(peer: Peer, message: object): void;
  many(peers: Iterable<Peer>, message: object): void;
}

/** A minimal hub on ws: JSON, a Map of clients, a Map of groups. All clients of a run come to the same path. */
export function wsHub<Peer>(http: Server, sending: Sending<Peer>): void {
  const peers = new Map<string, Peer>();
  const groups = new Map<string, Set<Peer>>();
  const server = new WebSocketServer({ server: http, clientTracking: false, perMessageDeflate: false });
  server.on('connection', (socket, { url }) => {
    const id = randomUUID();
    const peer = sending.accept(socket);
    const wire = url === PATH_OF_ENVELOPES ? ENVELOPES : BARE;
    peers.set(id, peer);
    socket.on('message', (data) => handle(id, peer, wire, String(data)));
    socket.on('close', () => {
      peers.delete(id);
      for (const members of groups.values()) members.delete(peer);
    });
    const welcome = wire.welcome(id);
    if (welcome !== undefined) sending.one(peer, welcome);
  });

  function handle(connectionId: string, from: Peer, wire: Wire, text: string): void {
    const call = wire.read(text);
    switch (call.op) {
      case 'id':
        sending.one(from, wire.answer(call.id, connectionId));
        return;
      case 'echo':
        sending.one(from, wire.answer(call.id, call.data));
        return;
      case 'broadcast':
        sending.many(peers.values(), wire.message(call.data));
        return;
      case 'whisper': {
        const to = peers.get(call.to);
        if (to !== undefined) sending.one(to, wire.message(call.data));
        return;
      }
      case 'join': {
        const members = groups.get(call.group) ?? new Set();
        groups.set(call.group, members.add(from));
        sending.one(from, wire.answer(call.id, undefined));
        return;
      }
      case 'toGroup':
        sending.many(groups.get(call.group) ?? [], wire.message(call.data));
        return;
    }
  }
}
