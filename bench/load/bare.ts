import type { Dialect } from './dialect.ts';
import { TEXT } from './frames.ts';

/** The JSON of `bench/peers/wires.ts` without envelopes. */
export const bare: Dialect = {
  path: '/',
  handshake: undefined,
  askId: undefined,
  opcode: TEXT,
  endOf: (_bytes, _start, end) => end,
  isReady: (message) => message.startsWith('{"you"'),
  idIn: (message) => (message.startsWith('{"you"') ? JSON.parse(message).you : undefined),
  ping: undefined,
  replyTo: () => undefined,

  echo: (id, data) => JSON.stringify({ op: 'echo', id, data }),
  broadcast: (data) => JSON.stringify({ op: 'broadcast', data }),
  whisper: (to, data) => JSON.stringify({ op: 'whisper', to, data }),
  join: (id, group) => JSON.stringify({ op: 'join', id, group }),
  toGroup: (group, data) => JSON.stringify({ op: 'toGroup', group, data }),

  delivery: (data) => JSON.stringify({ m: data }),
  echoed: (id, data) => JSON.stringify({ id, data }),
  joined: (id) => JSON.stringify({ id }),
};
