// Intended differences from ASP.NET Core SignalR in stateful reconnect (see differences.ts). Its behaviour there is a
// defect.
import type { Difference } from './differences.ts';
import type { HttpStep } from './http-vectors.ts';
import type { Step } from './vectors.ts';

const RS = '\u001e';
const record = (message: object) => `${JSON.stringify(message)}${RS}`;
const call = (invocationId: string, target: string, ...args: unknown[]) =>
  record({ type: 1, invocationId, target, arguments: args });
const result = (invocationId: string, value: unknown) => record({ type: 3, invocationId, result: value });
const sequence = (sequenceId: number) => record({ type: 9, sequenceId });

const TAKEOVER =
  'A second socket takes the connection over at once, whether the first answers its close frame or not: it is the same user, who knows the token.';
const FULL =
  'Unacknowledged is not unread: nothing waits for acknowledgements. What exceeds the buffer is let go, and a client that is cut then begins anew.';
const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};
const ACCEPTED = {
  status: 101,
  headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' },
};

/** Steps of the negotiation, the first socket with its handshake, and the connection's own id. */
const connected = (hub = 'stateful', silent = false): readonly Step[] => [
  {
    http: { method: 'POST', path: `/${hub}/negotiate?negotiateVersion=1&useStatefulReconnect=true` },
    response: {
      status: 200,
      body: '{"useStatefulReconnect":true,"negotiateVersion":1,"connectionId":"{{connectionId}}","connectionToken":"{{connectionToken}}","availableTransports":[{"transport":"WebSockets","transferFormats":["Text","Binary"]},{"transport":"ServerSentEvents","transferFormats":["Text"]},{"transport":"LongPolling","transferFormats":["Text","Binary"]}]}',
    },
  },
  { connect: { query: 'id={{connectionToken}}', silent } },
  { send: record({ protocol: 'json', version: 2 }) },
  { receive: `{}${RS}` },
];
const myId: readonly Step[] = [{ send: call('me', 'ConnectionId') }, { receive: result('me', '{{connectionId}}') }];

const takenOver: readonly Step[] = [
  { on: 'b', connect: { query: 'id={{connectionToken}}' }, afterMs: [0, 1_000] },
  { closed: { code: 1000, reason: '' } },
  { on: 'b', receive: [sequence(1), result('me', '{{connectionId}}')] },
  { on: 'b', send: sequence(2) + call('2', 'Echo', 'b') },
  { on: 'b', receive: result('2', 'b') },
  { events: ['connected'] },
];

/** Differences by file and vector name. */
export const reconnectDifferences: Readonly<Record<string, Difference>> = {
  'stateful-reconnect: an item that finds no stream is not counted': {
    reason: 'It is counted, as its client counts it; otherwise the two would disagree for ever after.',
    steps: [
      ...connected(),
      {
        send:
          record({ type: 2, invocationId: 'x', item: 1 }) +
          record({ type: 3, invocationId: 'x' }) +
          record({ type: 5, invocationId: 'x' }) +
          call('1', 'Void'),
      },
      { receive: result('1', null) },
      { lastAck: 4 },
    ],
  },
  'stateful-reconnect: a second socket while the first lives and answers the close frame': {
    reason: TAKEOVER,
    steps: [...connected(), ...myId, ...takenOver],
  },
  'stateful-reconnect: a second socket while the first is silent': {
    reason: TAKEOVER,
    steps: [...connected('stateful', true), ...myId, ...takenOver],
  },
  'stateful-reconnect: a full buffer withholds what follows until an ack': {
    reason: FULL,
    steps: [
      ...connected('stateful-small'),
      { send: call('1', 'BigText', 500) },
      { receive: result('1', '{{repeat:x:500}}') },
      { send: call('2', 'Echo', 'not held') },
      { receive: result('2', 'not held') },
      { lastAck: 2 },
    ],
  },
  'stateful-reconnect: a full buffer: an ack that does not free enough': {
    reason: FULL,
    steps: [
      ...connected('stateful-small'),
      { send: call('1', 'BigText', 10) + call('2', 'BigText', 600) + call('3', 'Echo', 'not held') },
      { receive: [result('1', 'x'.repeat(10)), result('2', '{{repeat:x:600}}'), result('3', 'not held')] },
      { lastAck: 3 },
    ],
  },
  'stateful-reconnect: a full buffer holds back the Close as well': {
    reason: FULL,
    steps: [
      ...connected('stateful-small'),
      ...myId,
      { send: call('1', 'BigText', 600) },
      { receive: result('1', '{{repeat:x:600}}') },
      { send: call('2', 'Echo', 'not held') },
      { receive: result('2', 'not held') },
      { send: record({ type: 7 }) },
      { receive: record({ type: 7 }) },
      { closed: { code: 1000, reason: '' } },
      { events: ['connected', 'disconnected'] },
    ],
  },
};

/** The same differences over HTTP. */
export const httpReconnectDifferences: Readonly<Record<string, Difference<HttpStep>>> = {
  'websocket: stateful reconnect: a second socket while the first is still open and silent': {
    reason: TAKEOVER,
    steps: [
      { negotiate: '/stateful', query: '&useStatefulReconnect=true' },
      {
        request: { method: 'GET', path: '/stateful?id={{connectionToken}}', headers: UPGRADE },
        start: 'a',
        silent: true,
      },
      { on: 'a', opened: ACCEPTED },
      { on: 'a', send: record({ protocol: 'json', version: 2 }) },
      { on: 'a', records: [`{}${RS}`] },
      { request: { method: 'GET', path: '/stateful?id={{connectionToken}}', headers: UPGRADE }, start: 'b' },
      { on: 'b', opened: ACCEPTED },
      { on: 'a', closed: { code: 1000, reason: '' } },
      { on: 'b', records: [sequence(1)] },
      { events: ['connected'] },
    ],
  },
};
