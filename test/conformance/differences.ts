// Intended differences from ASP.NET Core SignalR: each vector with the reason, and with the steps that our server must
// pass instead. Each row is a promise, and as exact as a recorded vector.
import { reconnectDifferences } from './reconnect-differences.ts';
import type { Step } from './vectors.ts';

export interface Difference<S = Step> {
  readonly reason: string;
  readonly steps: readonly S[];
}

const RS = '\u001e';
const record = (message: object) => `${JSON.stringify(message)}${RS}`;
const call = (invocationId: string, target: string, ...args: unknown[]) =>
  record({ type: 1, invocationId, target, arguments: args });
const stream = (invocationId: string, target: string, ...args: unknown[]) =>
  record({ type: 4, invocationId, target, arguments: args });
const upload = (invocationId: string, target: string, ...args: unknown[]) =>
  record({ type: 1, invocationId, target, arguments: args, streamIds: ['s'] });
const item = (invocationId: string, value: unknown) => record({ type: 2, invocationId, item: value });
const ended = (invocationId: string) => record({ type: 3, invocationId });
const cancel = (invocationId: string) => record({ type: 5, invocationId });
const result = (invocationId: string, value: unknown) => record({ type: 3, invocationId, result: value });
const failed = (invocationId: string, error: string) => record({ type: 3, invocationId, error });
const threw = (target: string) => `An unexpected error occurred invoking '${target}' on the server.`;

const handshake: readonly Step[] = [{ send: record({ protocol: 'json', version: 1 }) }, { receive: `{}${RS}` }];
const myId: readonly Step[] = [{ send: call('me', 'ConnectionId') }, { receive: result('me', '{{connectionId}}') }];
const stillHere: readonly Step[] = [{ send: call('e', 'Echo', 'still here') }, { receive: result('e', 'still here') }];

const UNKNOWN_TYPE =
  'A record of an unknown type is skipped, so that later versions can add one; ASP.NET Core SignalR stops reading.';
const NO_JSON_FOR_IT =
  'What cannot be written as JSON is the error of that call alone; ASP.NET Core SignalR ends the whole connection.';
const CANCEL = 'A cancelled stream ends at once. ASP.NET Core SignalR lets a method go on that ignores its signal.';
const NUMBERS = 'A number is a JavaScript number, written as JSON.stringify writes it.';

/** The completion of a call whose result cannot be serialized. The connection stays open. */
const onlyThatCallFails = (target: string, detail = ''): readonly Step[] => [
  ...handshake,
  ...myId,
  { send: call('1', target) },
  { receive: failed('1', threw(target) + detail) },
  ...stillHere,
  { events: ['connected'] },
];

/** Differences by file and vector name. */
export const differences: Readonly<Record<string, Difference>> = {
  ...reconnectDifferences,
  'framing: unknown type': {
    reason: UNKNOWN_TYPE,
    steps: [
      ...handshake,
      { send: record({ type: 99 }) },
      { nothing: 300 },
      { send: call('1', 'Echo', 'x') },
      { receive: result('1', 'x') },
      { send: record({ type: 6 }) + call('2', 'Echo', 'x') },
      { receive: result('2', 'x') },
    ],
  },
  'framing: unknown type: what the hub hears at the end': {
    reason: UNKNOWN_TYPE,
    steps: [
      ...handshake,
      ...myId,
      { send: record({ type: 99 }) },
      { nothing: 300 },
      { close: { code: 1000 } },
      { closed: { code: 1000, reason: '' } },
      { events: ['connected', 'disconnected'] },
    ],
  },
  'framing: one record over binary messages, cut inside a character': {
    reason: 'The same text, written as JSON.stringify writes it: only what JSON must escape is escaped.',
    steps: [
      ...handshake,
      {
        send: ['eyJ0eXBlIjoxLCJpbnZvY2F0aW9uSWQiOiIxIiwidGFyZ2V0IjoiRWNobyIsImFyZ3VtZW50cyI6WyLwn5iAww==', 'qSJdfR4='],
        binary: true,
      },
      { receive: result('1', '\u{1f600}\u00e9') },
    ],
  },
  'invocations: an item in an invocation': {
    reason: 'A property of other message types is skipped; ASP.NET Core SignalR drops the call without an answer.',
    steps: [
      ...handshake,
      { send: record({ type: 1, invocationId: '1', target: 'Echo', arguments: ['x'], item: 1 }) },
      { receive: result('1', 'x') },
      ...stillHere,
    ],
  },
  'invocations: result number that JSON does not know (NaN)': {
    reason: NO_JSON_FOR_IT,
    steps: onlyThatCallFails('NotANumber'),
  },
  'invocations: result integer beyond 2^53': {
    reason: `${NUMBERS} Beyond 2^53 it would be another number, and a BigInt has no JSON: the error of that call.`,
    steps: onlyThatCallFails('BigInteger'),
  },
  'invocations: number -0': {
    reason: `${NUMBERS} The sign of zero is lost.`,
    steps: [...handshake, { send: call('1', 'Number', 0).replace('[0]', '[-0]') }, { receive: result('1', 0) }],
  },
  'errors: a result that cannot be serialized': {
    reason: NO_JSON_FOR_IT,
    steps: onlyThatCallFails('CircularResult'),
  },
  'errors: a result that cannot be serialized, detailed errors': {
    reason: NO_JSON_FOR_IT,
    steps: onlyThatCallFails('CircularResult', ' Error: in our own words'),
  },
  'errors: a message that cannot be serialized': {
    reason: `${NO_JSON_FOR_IT} The promise of that send rejects, and the method waits for it.`,
    steps: onlyThatCallFails('Unserializable'),
  },
  'errors: a message that cannot be serialized, detailed errors': {
    reason: `${NO_JSON_FOR_IT} The promise of that send rejects, and the method waits for it.`,
    steps: onlyThatCallFails('Unserializable', ' Error: in our own words'),
  },
  'addressing: a list of groups with an empty name': {
    reason: 'A send is refused as a whole; ASP.NET Core SignalR has already sent to the groups before the empty name.',
    steps: [
      ...handshake,
      { send: call('1', 'Join', 'g9') },
      { receive: result('1', null) },
      { send: call('1', 'ToGroups', ['g9', ''], 'm') },
      { receive: failed('1', `${threw('ToGroups')} Error: in our own words`) },
      ...stillHere,
    ],
  },
  'concurrency: a call that waits for its turn stops the reading: cancel': {
    reason: 'A cancel takes effect when it arrives; ASP.NET Core SignalR reads it when the waiting call has its turn.',
    steps: [
      ...handshake,
      ...myId,
      { send: stream('s', 'Ticks', 2, 250) },
      { receive: item('s', 0) },
      { send: call('1', 'Slow', 800) + call('2', 'Echo', 'x') + cancel('s') },
      { receive: ended('s'), afterMs: [0, 240] },
      { receive: [result('1', 'slow 800'), result('2', 'x')] },
      { events: ['connected', 'ticksEnded cancelled'] },
    ],
  },
  'streaming-down: a stream that does not look at its cancellation': {
    reason: CANCEL,
    steps: [
      ...handshake,
      { send: stream('1', 'TicksUncaring', 3, 250) },
      { receive: item('1', 0) },
      { send: cancel('1') },
      { receive: ended('1'), afterMs: [0, 240] },
      { nothing: 600 },
    ],
  },
  'streaming-up: cancel of a stream down that reads a stream up': {
    reason: `${CANCEL} What the client still streams reaches the method until that ends.`,
    steps: [
      ...handshake,
      { send: stream('1', 'StreamEcho').replace('}', ',"streamIds":["s"]}') + item('s', 'a') },
      { receive: item('1', 'echo:a') },
      { send: cancel('1') },
      { receive: ended('1') },
      { send: item('s', 'b') + ended('s') },
      { nothing: 300 },
      ...stillHere,
    ],
  },
  'streaming-up: a method that ends while the reading is stopped': {
    reason: 'The item that will never be read is dropped, and the connection goes on; ASP.NET Core SignalR ends it.',
    steps: [
      ...handshake,
      ...myId,
      {
        send:
          upload('1', 'UploadIgnoreAfter', 400) +
          Array.from({ length: 11 }, (_, n) => item('s', `${n}`)).join('') +
          call('2', 'Echo', 'x'),
      },
      { nothing: 200 },
      { receiveAnyOrder: [result('1', 'done'), result('2', 'x')] },
      { send: item('s', '11') + ended('s') },
      ...stillHere,
      { events: ['connected'] },
    ],
  },
  'streaming-up: stream id equal to one in use': {
    reason: 'The call that would take over the id is refused; in ASP.NET Core SignalR the older one never ends.',
    steps: [
      ...handshake,
      { send: upload('1', 'Concat') + item('s', 'a') },
      { waitMs: 100 },
      { send: upload('2', 'Concat') },
      { receive: failed('2', `${threw('Concat')} HubException: Stream ID 's' is already in use.`) },
      { send: item('s', 'b') + ended('s') },
      { receive: result('1', 'ab') },
      ...stillHere,
    ],
  },
};
