import type { Dialect } from './dialect.ts';
import { TEXT } from './frames.ts';

/** Prefixes of Engine.IO and Socket.IO: a message is 4, an event 2, an answer 3. */
const EVENT = '42';
const ANSWER = '43';
const CONNECT = '40';
const PING = '2';
const PONG = '3';

/** Socket.IO 4 on WebSockets (engine.io-protocol 4, socket.io-protocol 5). */
export const socketIo: Dialect = {
  path: '/socket.io/?EIO=4&transport=websocket',
  handshake: CONNECT,
  askId: undefined,
  opcode: TEXT,
  endOf: (_bytes, _start, end) => end,
  isReady: (message) => message.startsWith(CONNECT),
  idIn: (message) => (message.startsWith(CONNECT) ? JSON.parse(message.slice(CONNECT.length)).sid : undefined),
  ping: undefined,
  replyTo: (message) => (message === PING ? PONG : undefined),

  echo: (id, data) => `${EVENT}${id}${JSON.stringify(['echo', data])}`,
  broadcast: (data) => EVENT + JSON.stringify(['broadcast', data]),
  whisper: (to, data) => EVENT + JSON.stringify(['whisper', to, data]),
  join: (id, group) => `${EVENT}${id}${JSON.stringify(['join', group])}`,
  toGroup: (group, data) => EVENT + JSON.stringify(['toGroup', group, data]),

  delivery: (data) => EVENT + JSON.stringify(['m', data]),
  echoed: (id, data) => `${ANSWER}${id}${JSON.stringify([data])}`,
  joined: (id) => `${ANSWER}${id}[]`,
};
