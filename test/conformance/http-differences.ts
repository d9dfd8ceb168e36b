// Intended differences from ASP.NET Core SignalR over HTTP: see differences.ts.
import { errorTexts } from '../../src/protocol/error-texts.ts';
import type { Difference } from './differences.ts';
import type { ExpectedAnswer, HttpStep } from './http-vectors.ts';
import { httpReconnectDifferences } from './reconnect-differences.ts';

const RS = '\u001e';
const record = (message: object) => `${JSON.stringify(message)}${RS}`;
const call = (target: string, ...args: unknown[]) => record({ type: 1, invocationId: '1', target, arguments: args });
const result = (value: unknown) => record({ type: 3, invocationId: '1', result: value });

const AN_ID_IS_A_CREDENTIAL =
  'An id belongs to the hub and to the user that it was negotiated for: to all others it does not exist.';
const UNCACHED = {
  'cache-control': 'no-cache, no-store',
  expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
  pragma: 'no-cache',
};
const UNKNOWN: ExpectedAnswer = {
  status: 404,
  headers: { 'content-type': 'text/plain' },
  body: 'No Connection with that ID',
};
const UNKNOWN_TO_POLL: ExpectedAnswer = { ...UNKNOWN, headers: { ...UNKNOWN.headers, ...UNCACHED } };
const TAKEN: ExpectedAnswer = { status: 200, headers: { 'content-type': 'text/plain' }, body: '' };
const answerWith = (body: string): ExpectedAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/octet-stream', ...UNCACHED },
  body,
});

const as = (user: string) => ({ Authorization: `Bearer {{jwt:${user}}}` });
const poll = (hub: string, response: ExpectedAnswer, headers = {}): HttpStep => ({
  request: { method: 'GET', path: `${hub}?id={{connectionToken}}`, headers },
  response,
});
const post = (hub: string, body: string, response: ExpectedAnswer, headers = {}): HttpStep => ({
  request: { method: 'POST', path: `${hub}?id={{connectionToken}}`, headers, body },
  response,
});
const end = (hub: string, response: ExpectedAnswer, headers = {}): HttpStep => ({
  request: { method: 'DELETE', path: `${hub}?id={{connectionToken}}`, headers },
  response,
});

/** Differences by file and vector name. */
export const httpDifferences: Readonly<Record<string, Difference<HttpStep>>> = {
  ...httpReconnectDifferences,
  'websocket: a foreign Origin does not matter for the upgrade': {
    reason:
      'CORS does not protect WebSockets: a page of another origin must be let in by the option `origins`, or it is refused.',
    steps: [
      {
        request: {
          method: 'GET',
          path: '/plain',
          headers: {
            Connection: 'Upgrade',
            Upgrade: 'websocket',
            'Sec-WebSocket-Version': '13',
            'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
            Origin: 'http://127.0.0.1:6666',
          },
        },
        response: { status: 403, headers: { 'content-type': 'text/plain' }, body: errorTexts.foreignOrigin },
      },
    ],
  },
  'pinning: an id of one hub used on another': {
    reason: AN_ID_IS_A_CREDENTIAL,
    steps: [
      { negotiate: '/plain' },
      poll('/detailed', UNKNOWN_TO_POLL),
      post('/detailed', 'x', UNKNOWN),
      end('/detailed', UNKNOWN),
      poll('/plain', answerWith('')),
    ],
  },
  'pinning: an id of a hub with authorization used on the path of a hub without': {
    reason: AN_ID_IS_A_CREDENTIAL,
    steps: [
      { longPolling: '/authorizedhub', headers: as('alice') },
      post('/plain', call('WhoAmI'), UNKNOWN),
      poll('/plain', UNKNOWN_TO_POLL),
      end('/plain', UNKNOWN),
      post('/authorizedhub', call('WhoAmI'), TAKEN, as('alice')),
      poll('/authorizedhub', answerWith(result('alice')), as('alice')),
    ],
  },
  'auth: another user polls: the user identifier stays that of the handshake': {
    reason: AN_ID_IS_A_CREDENTIAL,
    steps: [
      { longPolling: '/authorizedhub', headers: as('alice') },
      post('/authorizedhub', call('WhoAmI'), UNKNOWN, as('bob')),
      poll('/authorizedhub', UNKNOWN_TO_POLL, as('bob')),
      end('/authorizedhub', UNKNOWN, as('bob')),
      post('/authorizedhub', call('WhoAmI'), TAKEN, as('alice')),
      poll('/authorizedhub', answerWith(result('alice')), as('alice')),
    ],
  },
  'auth: negotiated by one user, opened by another': {
    reason: AN_ID_IS_A_CREDENTIAL,
    steps: [
      { negotiate: '/authorizedhub', headers: as('alice') },
      poll('/authorizedhub', UNKNOWN_TO_POLL, as('bob')),
      poll('/authorizedhub', answerWith(''), as('alice')),
    ],
  },
  'auth: long polling: the principal is that of the latest poll before the handshake': {
    reason: `${AN_ID_IS_A_CREDENTIAL} Its user is that of the first poll.`,
    steps: [
      { negotiate: '/authorizedhub', headers: as('root') },
      poll('/authorizedhub', answerWith(''), as('root')),
      poll('/authorizedhub', UNKNOWN_TO_POLL, as('boss:role=admin')),
      post('/authorizedhub', record({ protocol: 'json', version: 1 }), TAKEN, as('root')),
      poll('/authorizedhub', answerWith(`{}${RS}`), as('root')),
      post('/authorizedhub', call('WhoAmI'), TAKEN, as('root')),
      poll('/authorizedhub', answerWith(result('root')), as('root')),
    ],
  },
  'auth: token on a hub that needs none gives a user': {
    reason: AN_ID_IS_A_CREDENTIAL,
    steps: [
      { longPolling: '/plain', headers: as('carol') },
      post('/plain', call('UserId'), UNKNOWN),
      post('/plain', call('UserId'), TAKEN, as('carol')),
      poll('/plain', UNKNOWN_TO_POLL),
      poll('/plain', answerWith(result('carol')), as('carol')),
      { longPolling: '/plain' },
      post('/plain', call('UserId'), TAKEN),
      poll('/plain', answerWith(result(null))),
    ],
  },
  'sse: send timeout: a client that does not read is cut off': {
    reason: 'A slow client is an end with an error, and it has 5 s to take the Close record; until then it may post.',
    steps: [
      { serverSentEvents: '/sendtimeout', start: 'sse' },
      { on: 'sse', pause: true },
      { mark: 'send' },
      post('/sendtimeout', record({ type: 1, target: 'Big', arguments: [30_000_000] }), TAKEN),
      { events: ['connected', 'disconnected Error: in our own words'], within: [900, 5_000], since: 'send' },
      post('/sendtimeout', 'x', TAKEN),
    ],
  },
};

/** Vectors whose error texts contain .NET's type name and message. Other texts are as good. */
export const ownWording: readonly string[] = [
  'sse: a message above the limit',
  'sse: client timeout: starts with the first ping of the client',
  'sse: send timeout: a client that does not read is cut off',
  'longpolling: a message above the limit',
];
