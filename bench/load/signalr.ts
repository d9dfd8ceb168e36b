import type { Dialect } from './dialect.ts';
import { TEXT } from './frames.ts';

const END = '\x1e';
const END_BYTE = 0x1e;
const ID_REQUEST = '0';

function record(message: object): string {
  return JSON.stringify(message) + END;
}

/**
 * SignalR's JSON protocol, for signalbox and ASP.NET Core SignalR. Sends have no invocation id, so that they get no
 * completion.
 */
export const signalR: Dialect = {
  path: '/bench',
  handshake: record({ protocol: 'json', version: 1 }),
  askId: record({ type: 1, invocationId: ID_REQUEST, target: 'Id', arguments: [] }),
  opcode: TEXT,
  endOf(bytes, start, end) {
    const at = bytes.indexOf(END_BYTE, start);
    return at === -1 || at >= end ? end : at + 1;
  },
  isReady: (message) => message === `{}${END}`,
  idIn(message) {
    const completion = `{"type":3,"invocationId":"${ID_REQUEST}"`;
    return message.startsWith(completion) ? JSON.parse(message.slice(0, -1)).result : undefined;
  },
  ping: record({ type: 6 }),
  replyTo: () => undefined,

  echo: (id, data) => record({ type: 1, invocationId: String(id), target: 'Echo', arguments: [data] }),
  broadcast: (data) => record({ type: 1, target: 'Broadcast', arguments: [data] }),
  whisper: (to, data) => record({ type: 1, target: 'Whisper', arguments: [to, data] }),
  join: (id, group) => record({ type: 1, invocationId: String(id), target: 'Join', arguments: [group] }),
  toGroup: (group, data) => record({ type: 1, target: 'ToGroup', arguments: [group, data] }),

  delivery: (data) => record({ type: 1, target: 'm', arguments: [data] }),
  echoed: (id, data) => record({ type: 3, invocationId: String(id), result: data }),
  joined: (id) => record({ type: 3, invocationId: String(id), result: null }),
};
