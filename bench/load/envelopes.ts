import type { Dialect } from './dialect.ts';
import { TEXT } from './frames.ts';

/** The time of a message, which is not known before. All have the same length. */
const TIMESTAMP = '2026-01-31T12:00:00.000Z';
/** The server says nothing by itself, so the answer to the first call tells that the connection is ready. */
const ID_REQUEST = 0;
const ID_ANSWER = `{"type":"result","id":${ID_REQUEST},`;

/** The envelopes of plain clients (docs/plain.md), for signalbox and the servers on ws. */
export const envelopes: Dialect = {
  path: '/bench/ws',
  handshake: JSON.stringify({ type: 'Id', id: ID_REQUEST }),
  askId: undefined,
  opcode: TEXT,
  endOf: (_bytes, _start, end) => end,
  isReady: (message) => message.startsWith(ID_ANSWER),
  idIn: (message) => (message.startsWith(ID_ANSWER) ? JSON.parse(message).payload : undefined),
  ping: undefined,
  replyTo: () => undefined,

  echo: (id, data) => JSON.stringify({ type: 'Echo', id, payload: data }),
  broadcast: (data) => JSON.stringify({ type: 'Broadcast', payload: data }),
  whisper: (to, data) => JSON.stringify({ type: 'Whisper', payload: [to, data] }),
  join: (id, group) => JSON.stringify({ type: 'Join', id, payload: group }),
  toGroup: (group, data) => JSON.stringify({ type: 'ToGroup', payload: [group, data] }),

  delivery: (data) => JSON.stringify({ type: 'm', payload: data, timestamp: TIMESTAMP }),
  echoed: (id, data) => JSON.stringify({ type: 'result', id, payload: data, timestamp: TIMESTAMP }),
  joined: (id) => `{"type":"result","id":${id},"payload":null,`,
};
