// Requests and upgrades that are refused or terminated, over real sockets.
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { type HubOptions, method, type ServerOptions, setupHub, type User } from '../../src/index.ts';
import { resolveOptions } from '../../src/options.ts';
import { errorTexts } from '../../src/protocol/error-texts.ts';
import type { RefusalKind } from '../../src/refusal-kinds.ts';
import { ServerParts } from '../../src/server.ts';
import { openRaw } from '../support/clients.ts';
import type { CollectedLog } from '../support/collected-log.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { Hold } from '../support/hold.ts';
import { eventually } from '../support/inbox.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { arrived, RawRequests } from '../support/raw-polling.ts';
import { openRawReturning } from '../support/raw-returning.ts';
import { TextSocket } from '../support/text-socket.ts';
import { startTimedServer, type TimedServer } from '../support/timed-server.ts';
import { MARK, type RefusalCase, twice } from './refusal-case.ts';

interface Setting {
  readonly options?: Partial<ServerOptions>;
  readonly hub?: HubOptions;
  readonly basePath?: string;
}

const HUB: HubOptions = { maximumReceiveMessageBytes: 1_000, maximumFrameBytes: 5_000, allowStatefulReconnects: true };

/** More bytes than the kernels of both sides hold for a client that does not read. */
const HUGE = 20_000_000;

const busyHub = (options: HubOptions) =>
  setupHub({}).createHub({
    options,
    methods: {
      Echo: method([z.unknown()], (_hub, value) => value),
      Blow: method([], () => 'x'.repeat(HUGE)),
    },
  });

async function serve(log: CollectedLog, { options, hub, basePath = '/' }: Setting): Promise<number> {
  const hubs = {
    '/hub': busyHub({ ...HUB, ...hub }),
    '/strict': emptyHub({ authorize: 'authenticated' }),
    '/admin': emptyHub({ authorize: 'admin' }),
  };
  const server = new ServerParts(resolveOptions({ hubs, logger: log, ...options }));
  onTestFinished(() => server.close({ drainMs: 0 }));
  return (await server.listen({ port: 0, basePath })).port;
}

/** A request that is refused whenever it comes. */
function request(text: string, fields: object, setting: Setting = {}): RefusalCase {
  return {
    fields: { remoteAddress: '127.0.0.1', host: 'localhost', ...fields },
    provoke: async (log) => {
      const port = await serve(log, setting);
      await twice(() => ask(port, text));
    },
  };
}

/** A request that is refused because of an earlier one. */
function afterwards(fields: object, provoke: (port: number) => Promise<void>, setting: Setting = {}): RefusalCase {
  return { fields: { hub: '/hub', ...fields }, provoke: async (log) => provoke(await serve(log, setting)) };
}

/** A request that is terminated or refused when a time is over. */
function timed(
  fields: object,
  provoke: (started: TimedServer) => Promise<void>,
  options: Setting['options'] = {},
): RefusalCase {
  return {
    fields,
    provoke: async (log) => {
      const hubOptions = { ...HUB, keepAliveIntervalMs: 600_000 };
      await provoke(await startTimedServer({ '/hub': emptyHub() }, { ...options, logger: log, hubOptions }));
    },
  };
}

const throwing = (thrown: unknown): Setting => ({
  options: {
    authenticate: () => {
      throw thrown;
    },
  },
});
const ANN: User = { id: MARK, roles: [] };
const NEGOTIATION = `/hub/negotiate?negotiateVersion=1&access_token=${MARK}`;
const BEARER = { Authorization: `Bearer ${MARK}`, Cookie: `session=${MARK}` };
const CHUNKED = { 'Transfer-Encoding': 'chunked' };

async function stream(port: number): Promise<RawRequests> {
  const client = await RawRequests.negotiate(port);
  await client.stream().pieces.until(1);
  return client;
}

export const REFUSED_REQUESTS = {
  'malformed-request': request(`GET ${NEGOTIATION} HTTP/1.1\r\nHost: a b\r\n\r\n`, {
    method: 'GET',
    host: 'a b',
    reason: errorTexts.hostRequired,
  }),
  'foreign-host': request(requestText('POST', NEGOTIATION, { Host: 'evil.example' }), {
    method: 'POST',
    host: 'evil.example',
    option: 'hosts',
  }),
  'no-such-path': request(requestText('GET', `/${MARK}?${MARK}`), {
    basePath: '/',
    hubs: ['/hub', '/strict', '/admin'],
  }),
  'base-path-missing': request(
    requestText('POST', NEGOTIATION),
    { option: 'basePath', basePath: '/realtime', hubs: ['/hub', '/strict', '/admin'] },
    { basePath: '/realtime' },
  ),
  'wrong-http-method': request(requestText('PUT', `/hub?id=${MARK}`), { hub: '/hub', method: 'PUT' }),
  'foreign-origin': request(requestText('POST', NEGOTIATION, { ...BEARER, Origin: 'https://evil.example' }), {
    hub: '/hub',
    method: 'POST',
    origin: 'https://evil.example',
    option: 'origins',
  }),
  'authenticate-refused': request(
    requestText('POST', NEGOTIATION, BEARER),
    { hub: '/hub', option: 'authenticate', reason: 'no such token', error: 'Error' },
    throwing(new Error('no such token')),
  ),
  'authenticate-broken': request(
    requestText('POST', NEGOTIATION, BEARER),
    { hub: '/hub', reason: 'x is not a function', error: 'TypeError', stack: expect.stringMatching(/^ +at /) },
    throwing(new TypeError('x is not a function')),
  ),
  'authenticate-late': timed(
    { hub: '/hub', option: 'admissionTimeoutMs', method: 'POST' },
    async ({ port, pass, server }) => {
      await twice(async () => {
        const answer = ask(port, requestText('POST', NEGOTIATION, BEARER));
        await eventually(() => server.runtimes.get('/hub')?.endpoint.admission.waiting.size === 1);
        pass(15_200);
        await answer;
      });
    },
    { authenticate: () => new Promise(() => {}) },
  ),
  expired: {
    fields: { hub: '/hub', remoteAddress: '127.0.0.1', host: 'localhost', method: 'POST' },
    provoke: async (log) => {
      const hold = new Hold();
      const authenticate = async () => {
        const user = { id: 'ann', roles: [], expiresAt: timed.clock.wallNow() + 1_000 };
        hold.begun.put('asked');
        await hold.released;
        return user;
      };
      const hubOptions = { ...HUB, keepAliveIntervalMs: 600_000 };
      const timed = await startTimedServer({ '/hub': emptyHub() }, { authenticate, logger: log, hubOptions });
      const answers = [1, 2].map(() => ask(timed.port, requestText('POST', NEGOTIATION, BEARER)));
      await hold.begun.until(2);
      timed.pass(1_000);
      hold.release();
      await Promise.all(answers);
    },
  },
  revoked: {
    fields: { hub: '/hub', remoteAddress: '127.0.0.1', host: 'localhost', method: 'POST' },
    provoke: async (log) => {
      const user = { id: 'ann', roles: [], credentialId: MARK };
      const server = new ServerParts(
        resolveOptions({ hubs: { '/hub': emptyHub() }, logger: log, authenticate: () => user }),
      );
      onTestFinished(() => server.close({ drainMs: 0 }));
      const { port } = await server.listen({ port: 0 });
      await server.revoke(MARK);
      await twice(() => ask(port, requestText('POST', NEGOTIATION, BEARER)));
    },
  },
  'refresh-refused': request(
    requestText('POST', '/hub/refresh', BEARER),
    { hub: '/hub', reason: 'missing_connection_token' },
    {
      options: { authenticate: () => ({ id: 'ann', roles: [] }) },
      hub: { enableAuthenticationRefresh: true },
    },
  ),
  unauthenticated: request(requestText('POST', `/strict/negotiate?${MARK}`, BEARER), {
    hub: '/strict',
    option: 'authorize',
  }),
  forbidden: request(
    requestText('POST', `/admin/negotiate?${MARK}`, BEARER),
    { hub: '/admin', option: 'authorize' },
    { options: { authenticate: () => ANN } },
  ),
  'server-closing': {
    fields: { hub: '/hub', method: 'POST' },
    provoke: async (log) => {
      const server = new ServerParts(resolveOptions({ hubs: { '/hub': emptyHub() }, logger: log }));
      const { port } = await server.listen({ port: 0 });
      // Until the client has polled for the last messages, other requests are accepted.
      const client = await RawRequests.poll(port);
      const closed = server.close({ drainMs: 0 });
      await twice(() => ask(port, requestText('POST', NEGOTIATION)));
      await client.delete().answer;
      await closed;
    },
  },
  'negotiate-version': request(requestText('POST', `/hub/negotiate?negotiateVersion=${MARK}`), {
    option: 'minimumNegotiateVersion',
  }),
  'old-http': request(upgradeRequest(`/hub?${MARK}`, BEARER).replace('HTTP/1.1', 'HTTP/1.0'), { hub: '/hub' }),
  'websocket-refused': request(upgradeRequest(`/hub?${MARK}`, { ...BEARER, 'Sec-WebSocket-Protocol': `${MARK},` }), {
    reason: 'Invalid Sec-WebSocket-Protocol header',
  }),
  'websocket-required': request(
    requestText('GET', `/hub/ws?${MARK}`),
    { hub: '/hub', method: 'GET' },
    { hub: { plain: true } },
  ),
  'subprotocol-unknown': request(
    upgradeRequest('/hub/ws', { ...BEARER, 'Sec-WebSocket-Protocol': MARK }),
    { hub: '/hub' },
    { hub: { plain: true } },
  ),
  'connection-id-missing': request(requestText('GET', `/hub?${MARK}`), { hub: '/hub', method: 'GET' }),
  'unknown-connection': request(requestText('POST', `/hub?id=${MARK}`), { hub: '/hub', method: 'POST' }),
  'transport-not-offered': request(
    upgradeRequest(`/hub?access_token=${MARK}`),
    { option: 'transports', reason: 'WebSockets' },
    { hub: { transports: ['LongPolling'] } },
  ),
  'transport-changed': afterwards({ reason: 'WebSockets' }, async (port) => {
    const { path } = await RawRequests.poll(port);
    await twice(() => ask(port, upgradeRequest(path)));
  }),
  'transport-taken': afterwards({ method: 'GET' }, async (port) => {
    const { path } = await RawRequests.negotiate(port);
    await openRaw(port, { path });
    await twice(() => ask(port, upgradeRequest(path)));
  }),
  'too-many-polls': afterwards(
    { method: 'GET' },
    async (port) => {
      const client = await RawRequests.poll(port);
      const slow = client.get();
      await client.post({ type: 1, target: 'Blow', arguments: [], invocationId: '1' }).answer;
      await slow.pause();
      client.get();
      await arrived(port);
      await twice(() => client.get().answer);
    },
    { hub: { slowConsumer: { limitBytes: 80_000_000 } } },
  ),
  'request-behind-another': afterwards({ method: 'GET' }, async (port) => {
    await twice(async () => {
      const client = await RawRequests.poll(port);
      const socket = new TextSocket(port, requestText('GET', client.path).repeat(2));
      await arrived(port);
      await client.post({ type: 1, target: 'Echo', arguments: [2], invocationId: '2' }).answer;
      await socket.until('HTTP/1.1 409');
    });
  }),
  'post-to-websocket': afterwards({ method: 'POST' }, async (port) => {
    const client = await RawRequests.negotiate(port);
    await openRaw(port, { path: client.path });
    await twice(() => client.call('Echo', MARK).answer);
  }),
  'delete-refused': afterwards({ method: 'DELETE' }, async (port) => {
    const client = await stream(port);
    await twice(() => client.delete().answer);
  }),
  'return-refused': afterwards({}, async (port) => {
    await twice(async () => {
      const { path } = await openRawReturning(port);
      for (let status = 101; status === 101; ) ({ status } = await ask(port, upgradeRequest(path)));
    });
  }),
  'body-too-long': afterwards({ option: 'maximumFrameBytes' }, async (port) => {
    const client = await RawRequests.poll(port);
    await twice(() => client.call('Echo', MARK.repeat(1_000)).answer);
  }),
  'body-too-slow': timed({ hub: '/hub', method: 'POST' }, async ({ port, pass }) => {
    await twice(async () => {
      const client = await RawRequests.poll(port);
      const slow = client.postText(undefined);
      slow.request.write(MARK);
      client.get();
      await arrived(port);
      pass(30_200);
      await slow.answer;
    });
  }),
  'too-many-posts': afterwards({ method: 'POST' }, async (port) => {
    const client = await RawRequests.poll(port);
    const begin = async (): Promise<void> => {
      client.postText(undefined).request.write(MARK);
      await arrived(port);
    };
    for (let n = 0; n < 17; n++) await begin();
    await twice(() => client.call('Echo', MARK).answer);
  }),
  'unread-body': timed({ method: 'POST' }, async ({ port, pass }) => {
    await twice(async () => {
      const socket = new TextSocket(port, requestText('POST', `/hub?id=${MARK}`, CHUNKED));
      await socket.until('HTTP/1.1 404');
      pass(5_200);
      await socket.closed;
    });
  }),
  'inspector-refused': request(
    upgradeRequest(`/inspect?token=${MARK}`),
    { option: 'inspect', reason: 'token-wrong' },
    { options: { inspect: { token: 'sixteen characters' } } },
  ),
} satisfies Partial<Record<RefusalKind, RefusalCase>>;

class InvalidTokenError extends Error {
  override name = 'InvalidTokenError';
}

/** Further causes of such refusals. */
export const OTHER_REFUSED_REQUESTS: readonly (readonly [what: string, kind: RefusalKind, case_: RefusalCase])[] = [
  [
    'an upgrade of a foreign page',
    'foreign-origin',
    request(upgradeRequest(`/hub?${MARK}`, { Origin: 'https://evil.example' }), { origin: 'https://evil.example' }),
  ],
  [
    'an upgrade for an unknown connection',
    'unknown-connection',
    request(upgradeRequest(`/hub?id=${MARK}`), { method: 'GET' }),
  ],
  ['a DELETE of one', 'unknown-connection', request(requestText('DELETE', `/hub?id=${MARK}`), { method: 'DELETE' })],
  ['another method of the health checks', 'wrong-http-method', request(requestText('POST', '/healthz'), {})],
  ['an upgrade of a path of no hub', 'no-such-path', request(upgradeRequest(`/${MARK}`), { basePath: '/' })],
  [
    'a path below the base path',
    'no-such-path',
    request(requestText('GET', `/realtime/${MARK}`), { basePath: '/realtime' }, { basePath: '/realtime' }),
  ],
  [
    'a second stream of events',
    'transport-taken',
    afterwards({ method: 'GET' }, async (port) => {
      const client = await stream(port);
      await twice(() => client.stream().answer);
    }),
  ],
  [
    'an error of its own',
    'authenticate-refused',
    request(
      requestText('POST', NEGOTIATION),
      { error: 'InvalidTokenError', reason: 'it has expired' },
      throwing(new InvalidTokenError('it has expired')),
    ),
  ],
  [
    'an error that quotes the token',
    'authenticate-refused',
    request(
      requestText('POST', NEGOTIATION),
      { reason: '(withheld: it quotes the request)' },
      throwing(new Error(`unknown token ${MARK}`)),
    ),
  ],
  [
    'an error that quotes what could not be parsed',
    'authenticate-broken',
    request(
      // Encoded like the parts of a JWT: the quoted text does not stand in the request.
      requestText('POST', `/hub/negotiate?access_token=${Buffer.from(MARK).toString('base64url')}`),
      { reason: '(withheld: it quotes the request)', error: 'SyntaxError' },
      {
        options: {
          authenticate: ({ query }) =>
            JSON.parse(Buffer.from(query.get('access_token') as string, 'base64url').toString()),
        },
      },
    ),
  ],
  [
    'an inspector that asks for no WebSocket',
    'websocket-refused',
    request(
      upgradeRequest(`/inspect?token=sixteen+characters&${MARK}`, { 'Sec-WebSocket-Version': '12' }),
      {},
      { options: { inspect: { token: 'sixteen characters' } } },
    ),
  ],
];
