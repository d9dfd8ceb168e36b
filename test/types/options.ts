import { type ConnectionInfo, createServer, type HubOptions, setupHub, systemClock } from '../../src/index.ts';

// Options of a hub and of the server: their names and their values.

export const everything: HubOptions = {
  detailedErrors: true,
  handshakeTimeoutMs: 5_000,
  admissionTimeoutMs: 5_000,
  keepAliveIntervalMs: 5_000,
  clientTimeoutMs: 10_000,
  invocationTimeoutMs: 0,
  maximumReceiveMessageBytes: 1_024,
  maximumFrameBytes: 4_096,
  maximumParallelInvocationsPerClient: 2,
  maximumParallelStreamsPerClient: 10,
  streamBufferCapacity: 5,
  maximumGroupsPerConnection: 10,
  maximumGroupNameBytes: 100,
  slowConsumer: { policy: 'disconnect', highWaterBytes: 1, limitBytes: 2, limitMessages: 3, stallMs: 4 },
  outboxes: { broadcast: { capacity: 5 }, whisper: {} },
  moderationTimeoutMs: 0,
  minimumNegotiateVersion: 1,
  closeOnAuthenticationExpiration: true,
  transports: ['WebSockets', 'ServerSentEvents', 'LongPolling'],
  protocols: ['json', 'messagepack'],
  pollTimeoutMs: 90_000,
};

const setup = setupHub({});
const hub = setup.createHub({ authorize: ['admin', 'moderator'], methods: {}, options: everything });
setup.createHub({ authorize: (user) => user !== null, methods: {}, options: { slowConsumer: {} } });

// @ts-expect-error a hub has methods, if only none
setup.createHub({});
// @ts-expect-error roles are texts
setup.createHub({ authorize: [1], methods: {} });
// @ts-expect-error in milliseconds, and so it is called
setup.createHub({ methods: {}, options: { keepAliveInterval: 5 } });
// @ts-expect-error a number of items
setup.createHub({ methods: {}, options: { streamBufferCapacity: '10' } });
// @ts-expect-error a number
setup.createHub({ methods: {}, options: { clientTimeoutMs: '30s' } });
// @ts-expect-error no such policy
setup.createHub({ methods: {}, options: { slowConsumer: { policy: 'wait' } } });
// @ts-expect-error a number of messages
setup.createHub({ methods: {}, options: { outboxes: { whisper: { capacity: '5' } } } });
// @ts-expect-error a hub has two outboxes
setup.createHub({ methods: {}, options: { outboxes: { capacity: 5 } } });
// @ts-expect-error no such transport
setup.createHub({ methods: {}, options: { transports: ['Pigeons'] } });
// @ts-expect-error no such protocol
setup.createHub({ methods: {}, options: { protocols: ['xml'] } });
// @ts-expect-error an option is left out, not set to undefined
setup.createHub({ methods: {}, options: { detailedErrors: undefined } });

createServer({
  hubs: { '/hubs/one': hub },
  hubOptions: everything,
  authenticate: async (request) => {
    const id = request.headers.authorization;
    return id === undefined ? null : { id, roles: [], expiresAt: Date.now() + 60_000 };
  },
  origins: ['https://app.example'],
  clock: { now: () => 0, wallNow: () => 0, setTimeout: () => 1, clearTimeout: () => {} },
  logger: { debug() {}, info() {}, warn() {}, error() {} },
  logLevel: 'silent',
});
createServer({ hubs: {}, clock: { ...systemClock, wallNow: () => Date.UTC(2030, 0, 1) } });
// @ts-expect-error a clock has a time of day, too
createServer({ hubs: {}, clock: { now: () => 0, setTimeout: () => 1, clearTimeout: () => {} } });
createServer({ hubs: {}, authenticate: () => null, origins: (origin) => origin.endsWith('.example') });

// @ts-expect-error a server without hubs says so: `hubs: {}`
createServer({});
// @ts-expect-error a path leads to a hub, not to its setup
createServer({ hubs: { '/hubs/one': setup } });
// @ts-expect-error the only origin is a list as well
createServer({ hubs: {}, origins: 'https://app.example' });
// @ts-expect-error a user has roles, if only none
createServer({ hubs: {}, authenticate: () => ({ id: 'ada' }) });
// @ts-expect-error the request has no connection yet
createServer({ hubs: {}, authenticate: (request: ConnectionInfo) => request.user });
// @ts-expect-error a header may be missing
createServer({ hubs: {}, authenticate: (request) => ({ id: request.headers.authorization, roles: [] }) });
createServer({ hubs: {}, inspect: { token: 'correct horse battery' } });
// @ts-expect-error a token is all that the inspector has
createServer({ hubs: {}, inspect: { tokens: 'correct horse battery' } });
// @ts-expect-error no such level
createServer({ hubs: {}, logLevel: 'loud' });
// @ts-expect-error a logger has all four levels
createServer({ hubs: {}, logger: { info() {} } });
// @ts-expect-error no such option
createServer({ hubs: {}, port: 80 });
