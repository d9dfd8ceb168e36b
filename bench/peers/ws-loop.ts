// A loop over `client.send`, as in the README of ws.
import type { WebSocket } from 'ws';
import { announced } from './announced.ts';
import { wsHub } from './ws-hub.ts';

wsHub<WebSocket>(announced(), {
  accept: (socket) => socket,
  one: (socket, message) => socket.send(JSON.stringify(message)),
  many(sockets, message) {
    const text = JSON.stringify(message);
    for (const socket of sockets) socket.send(text);
  },
});
