import { expect, test } from 'vitest';
import { createServer, method, OptionsError, type ServerOptions, setupHub } from '../../src/index.ts';

const hub = () => setupHub({}).createHub({ methods: {} });

/** Options that plain JavaScript can pass, but TypeScript does not allow. */
function made(options: unknown): () => unknown {
  return () => createServer(options as ServerOptions);
}

test.each([
  ['no hubs', {}, /hubs is missing/],
  ['something that is no hub', { hubs: { '/a': {} } }, /hubs\["\/a"\] is no hub/],
  ['a path without a slash', { hubs: { a: hub() } }, /must be a path that begins with a slash/],
  ['two paths that differ in case only', { hubs: { '/a': hub(), '/A': hub() } }, /differs from another path in case/],
  ['a hub where the inspector is', { hubs: { '/inspect': hub() }, inspect: true }, /is where the inspector is/],
  ['an unknown option', { hubs: {}, hubz: {} }, /there is no option hubz\. Did you mean hubs\?/],
  ['nothing at all', undefined, /^createServer: hubs is missing\. It must be hubs by their paths/],
  [
    'no object of options',
    'sqlite:secret',
    /^createServer: its options are a text, but they must be an object of hubs, /,
  ],
  ['options that nobody has awaited', Promise.resolve({ hubs: {} }), /its options are a Promise, but/],
  ['hubs in a map', { hubs: new Map([['/a', hub()]]) }, /hubs is a Map, but it must be hubs by their paths/],
  [
    'an encoded path',
    { hubs: { '/my%20hub': hub() } },
    /the path of hubs\["\/my%20hub"\] is .*, but it must be a path as it reads when it is decoded/,
  ],
  ['a path with a parameter', { hubs: { '/hubs/{tenant}': hub() } }, /must be a path without patterns/],
  ['a path with a parameter of Express', { hubs: { '/hubs/:tenant': hub() } }, /must be a path without patterns/],
  ['a path with a parameter of a framework', { hubs: { '/hubs/[tenant]': hub() } }, /must be a path without patterns/],
  ['a path for any', { hubs: { '/hubs/*': hub() } }, /must be a path without patterns/],
  ['a path with a query', { hubs: { '/hubs?x=1': hub() } }, /must be a path without query and fragment/],
  ['a path that clients shorten', { hubs: { '/a/../b': hub() } }, /must be a path as clients send it/],
  ['an empty step of a path', { hubs: { '//a': hub() } }, /must be a path as clients send it/],
  ['a path with a line end', { hubs: { '/a\n': hub() } }, /must be a path without control characters/],
  [
    'a hub where another one is negotiated for',
    { hubs: { '/a': hub(), '/A/negotiate/': hub() } },
    /hubs\["\/A\/negotiate\/"\] is where clients of another hub negotiate/,
  ],
  [
    'a hub where another one has refreshes',
    { hubs: { '/a': hub(), '/a/refresh': hub() }, hubOptions: { enableAuthenticationRefresh: true } },
    /hubs\["\/a\/refresh"\] is where clients of another hub refresh their authentication/,
  ],
  [
    'a hub where plain clients of another one connect, whichever comes first',
    { hubs: { '/a/WS': hub(), '/a': hub() }, hubOptions: { plain: true } },
    /hubs\["\/a\/WS"\] is where clients of another hub connect without SignalR/,
  ],
  [
    'plain clients without WebSockets',
    { hubs: { '/a': hub() }, hubOptions: { plain: true, transports: ['LongPolling'] } },
    /\/a: plain clients use WebSockets, so 'WebSockets' must be among transports/,
  ],
  [
    'a burst that the longest record never fits into',
    { hubs: { '/a': hub() }, hubOptions: { rates: { bytes: { perSecond: 1_000, burst: 2_000 } } } },
    /\/a: rates\.bytes\.burst is 2000, but it must be a number from 32768 on, which is maximumReceiveMessageBytes/,
  ],
  [
    'a rate without its number',
    { hubs: {}, hubOptions: { rates: { calls: {} } } },
    /rates\.calls\.perSecond is missing/,
  ],
  [
    'a rate of nothing',
    { hubs: {}, hubOptions: { rates: { calls: { perSecond: 0 } } } },
    /hubOptions\.rates\.calls\.perSecond is 0, but it must be a number from 0\.000001 on/,
  ],
  [
    'a rate so slow that the time of a token overflows',
    { hubs: {}, hubOptions: { rates: { calls: { perSecond: 1e-310 } } } },
    /hubOptions\.rates\.calls\.perSecond is 1e-310, but it must be a number from 0\.000001 on/,
  ],
  [
    'a patience that would fill the memory',
    { hubs: {}, hubOptions: { rates: { calls: { perSecond: 1 }, patience: 10_001 } } },
    /hubOptions\.rates\.patience is 10001, but it must be a whole number from 1 to 10000/,
  ],
  [
    'a rate of an outbox that is a number',
    { hubs: {}, hubOptions: { outboxes: { broadcast: { rate: 5 } } } },
    /hubOptions\.outboxes\.broadcast\.rate is a number, but it must be an object of perSecond, burst/,
  ],
  ['a hub where load balancers ask', { hubs: { '/Healthz': hub() } }, /is where load balancers ask/],
  ['a text for authenticate', { hubs: {}, authenticate: 'x' }, /authenticate is a text, but it must be a function/],
  ['null for a function', { hubs: {}, authenticate: null }, /authenticate is null, but it must be a function/],
  [
    'a clock that stands still',
    { hubs: {}, clock: {} },
    /clock is an object, but it must be an object with the methods now, wallNow, setTimeout, clearTimeout/,
  ],
  [
    'a logger without warn',
    { hubs: {}, logger: { debug() {}, info() {}, warning() {}, error() {} } },
    /logger is an object, but it must be an object with the methods debug, info, warn, error/,
  ],
  [
    'a storage that stores nothing',
    { hubs: {}, storage: {} },
    /storage is an object, but it must be 'memory:', 'sqlite:PATH', 'postgres:.*DATABASE', or an object with the methods open, close/,
  ],
  [
    'a storage that keeps no sessions',
    { hubs: {}, storage: { open() {}, close() {} } },
    /storage\.sessions is missing\. It must be an object with the methods save, list, openNodes, endLost, prune/,
  ],
  [
    'a storage without a store of sessions',
    { hubs: {}, storage: { open() {}, close() {}, sessions() {} } },
    /storage\.sessions is a function, but it must be an object with the methods save, list, openNodes, endLost, prune/,
  ],
  [
    'a retention of a topic that there is not',
    { hubs: {}, storage: 'memory:', retention: { session: { days: 1 } } },
    /there is no option retention\.session\. Did you mean sessions\?/,
  ],
  [
    'a retention of no days',
    { hubs: {}, storage: 'memory:', retention: { tasks: { days: 0 } } },
    /retention\.tasks\.days is 0, but it must be a number above 0/,
  ],
  [
    'a retention of a part of a message',
    { hubs: {}, storage: 'memory:', retention: { messages: { count: 0.5 } } },
    /retention\.messages\.count is 0\.5, but it must be a whole number from 0 on/,
  ],
  [
    'a retention without a storage',
    { hubs: {}, retention: { sessions: { days: 1 } } },
    /retention says what stays in the storage, and there is no storage/,
  ],
  [
    "a file of SQLite's thread on another machine",
    { hubs: {}, storage: 'sqlite:a.db', sqliteWorker: 'https://x.example/a.js' },
    /sqliteWorker is "https:.*, but it must be a file: its path, or its URL as import\.meta\.resolve has it/,
  ],
  [
    "a file of SQLite's thread without SQLite",
    { hubs: {}, storage: 'memory:', sqliteWorker: '/a.js' },
    /sqliteWorker is the file of a thread that only storage: 'sqlite:PATH' has/,
  ],
  [
    'a storage whose store of keys cannot do it all',
    {
      hubs: {},
      storage: {
        open() {},
        close() {},
        sessions: { save() {}, list() {}, openNodes() {}, endLost() {}, prune() {} },
        keys: { put() {}, find() {} },
      },
    },
    /storage\.keys is an object, but it must be an object with the methods put, find, list, touched, revoke/,
  ],
  [
    'a bound without end',
    { hubs: {}, maximumWaitingBytes: Number.POSITIVE_INFINITY },
    /maximumWaitingBytes is Infinity/,
  ],
  [
    'no options of hubs',
    { hubs: {}, hubOptions: null },
    /hubOptions is null, but it must be an object of detailedErrors, /,
  ],
  [
    'an option of hubs although there is no hub',
    { hubs: {}, hubOptions: { slowConsumer: { limitbytes: 1 } } },
    /there is no option hubOptions\.slowConsumer\.limitbytes\. Did you mean limitBytes\?/,
  ],
  [
    'an inherited option of hubs',
    { hubs: {}, hubOptions: Object.create({ keepAliveIntervalMs: Number.NaN }) },
    /hubOptions\.keepAliveIntervalMs is NaN, but it must be a whole number from 1 to 2147483647/,
  ],
  [
    'an inherited name that nobody knows',
    Object.create({ hubs: {}, authorise: 'admin' }),
    /there is no option authorise/,
  ],
  [
    'a word for the inspector',
    { hubs: {}, inspect: 'yes' },
    /inspect is a text, but it must be true, false, or an object/,
  ],
  [
    'a token that can be tried out',
    { hubs: {}, inspect: { token: 'secret' } },
    /inspect\.token is a text of 6 characters, but it must be a text of at least 16 characters/,
  ],
  [
    'a token with a line end',
    { hubs: {}, inspect: { token: `${'x'.repeat(16)}\n` } },
    /inspect\.token is a text of 17/,
  ],
  [
    'an unknown option of the inspector',
    { hubs: {}, inspect: { tokens: '' } },
    /no option inspect\.tokens\. Did you mean token/,
  ],
  ['a text instead of a list of origins', { hubs: {}, origins: 'https://app.example' }, /origins is "https:\/\/app/],
  ['an origin as a pattern', { hubs: {}, origins: [/app/] }, /origins\[0\] is a RegExp, but it must be an origin/],
  [
    'a function that is never done at once',
    { hubs: {}, origins: async () => false },
    /origins is a function, but it must be a function that returns true or false at once/,
  ],
  ['an unknown log level', { hubs: {}, logLevel: 'loud' }, /logLevel is "loud"/],
  [
    'a URL instead of a host',
    { hubs: {}, hosts: ['https://a.example'] },
    /hosts\[0\] is "https:\/\/a\.example", but it must be/,
  ],
  [
    'a host instead of a list of them',
    { hubs: {}, hosts: 'a.example' },
    /hosts is "a\.example", but it must be a list of hosts/,
  ],
  ['an unknown storage', { hubs: {}, storage: 'mysql://user:secret@host' }, /must be memory: or sqlite:PATH/],
  [
    'a word instead of yes or no',
    { hubs: { '/a': hub() }, hubOptions: { allowStatefulReconnects: 'yes' } },
    /allowStatefulReconnects is "yes", but it must be true or false/,
  ],
  [
    'no room for what is not acknowledged',
    { hubs: { '/a': hub() }, hubOptions: { statefulReconnectBufferBytes: 0 } },
    /statefulReconnectBufferBytes is 0, but it must be a whole number from 1/,
  ],
  [
    'no room for what waits',
    { hubs: {}, maximumWaitingBytes: 0 },
    /maximumWaitingBytes is 0, but it must be a whole number from 1 on/,
  ],
  [
    'no number of bytes that may wait',
    { hubs: {}, maximumWaitingBytes: '64 MB' },
    /maximumWaitingBytes is "64 MB", but it must be/,
  ],
  [
    'no values in a message',
    { hubs: { '/a': hub() }, hubOptions: { maximumValuesPerMessage: 0 } },
    /maximumValuesPerMessage is 0, but it must be a whole number from 1/,
  ],
  [
    'an unknown bound on detached connections',
    { hubs: {}, detachedConnections: { limit: 1 } },
    /there is no option detachedConnections.limit\. Known: limitConnections, limitBytes, limitConnectionsPerUser/,
  ],
  [
    'a negative bound on detached connections',
    { hubs: {}, detachedConnections: { limitBytes: -1 } },
    /detachedConnections.limitBytes is -1, but it must be a whole number from 0 on/,
  ],
  [
    'an unknown hub option',
    { hubs: { '/a': hub() }, hubOptions: { keepalive: 1 } },
    /there is no option hubOptions\.keepalive/,
  ],
  [
    'no number',
    { hubs: { '/a': hub() }, hubOptions: { clientTimeoutMs: '1' } },
    /clientTimeoutMs is "1", but it must be/,
  ],
  [
    'an unknown protocol',
    { hubs: { '/a': hub() }, hubOptions: { protocols: ['json', 'xml'] } },
    /protocols is \["json","xml"\], but it must be a list of json, messagepack/,
  ],
  ['no protocol at all', { hubs: { '/a': hub() }, hubOptions: { protocols: [] } }, /protocols is \[\], but it must be/],
  [
    'a transport instead of a list of them',
    { hubs: { '/a': hub() }, hubOptions: { transports: 'WebSockets' } },
    /transports is "WebSockets", but it must be a list of WebSockets/,
  ],
  [
    'an unknown transport',
    { hubs: { '/a': hub() }, hubOptions: { transports: ['WebSockets', 'Pigeons'] } },
    /must be a list of WebSockets, ServerSentEvents, LongPolling/,
  ],
  ['no transport at all', { hubs: { '/a': hub() }, hubOptions: { transports: [] } }, /transports is \[\]/],
  [
    'a version of negotiation that nobody speaks',
    { hubs: { '/a': hub() }, hubOptions: { minimumNegotiateVersion: 2 } },
    /minimumNegotiateVersion is 2, but it must be a whole number from 0 to 1/,
  ],
  [
    'longer names of groups than a connection may have together',
    { hubs: { '/a': hub() }, hubOptions: { maximumGroupNameBytes: 262_145 } },
    /maximumGroupNameBytes is 262145, but it must be a whole number from 1 to 262144/,
  ],
  [
    'no name of a group at all',
    { hubs: { '/a': hub() }, hubOptions: { maximumGroupNameBytes: 0 } },
    /maximumGroupNameBytes is 0, but it must/,
  ],
  [
    'a moment instead of yes or no',
    { hubs: { '/a': hub() }, hubOptions: { closeOnAuthenticationExpiration: 60_000 } },
    /closeOnAuthenticationExpiration is 60000, but it must be true or false/,
  ],
  [
    'no time for a poll',
    { hubs: { '/a': hub() }, hubOptions: { pollTimeoutMs: 0 } },
    /pollTimeoutMs is 0, but it must/,
  ],
  [
    'no place in an outbox',
    { hubs: { '/a': hub() }, hubOptions: { outboxes: { broadcast: { capacity: 0 } } } },
    /hubOptions\.outboxes\.broadcast\.capacity is 0, but it must be a whole number from 1 on/,
  ],
  [
    'an outbox that a hub does not have',
    { hubs: {}, hubOptions: { outboxes: { wisper: {} } } },
    /there is no option hubOptions\.outboxes\.wisper\. Did you mean whisper\?/,
  ],
  [
    'an unknown policy',
    { hubs: { '/a': hub() }, hubOptions: { slowConsumer: { policy: 'drop' } } },
    /one of disconnect/,
  ],
])('%s is an error that says what to change', (_what, options, text) => {
  expect(made(options)).toThrow(OptionsError);
  expect(made(options)).toThrow(text);
});

test('the same hub at two paths, and methods that differ in case only, are errors', () => {
  const one = hub();
  expect(made({ hubs: { '/a': one, '/b': one } })).toThrow(/is the same hub as at another path/);
  const run = () => {};
  const twins = setupHub({}).createHub({ methods: { Say: method([], run), say: method([], run) } });
  expect(made({ hubs: { '/a': twins } })).toThrow(/Say and say differ in case only/);
});

test('a method of a plain hub whose name means something else in an envelope is an error', () => {
  for (const name of ['result', 'Error', 'item', 'CANCEL', 'close']) {
    const reserved = setupHub({}).createHub({ methods: { [name]: method([], () => {}) } });
    expect(made({ hubs: { '/a': reserved }, hubOptions: { plain: true } })).toThrow(
      `hubs["/a"] is plain, so it cannot have the method ${name}`,
    );
    expect(made({ hubs: { '/a': reserved } })).not.toThrow();
  }
});

test.each([
  ['no list', { upload: {} }],
  ['too many', { upload: new Array(101).fill({}) }],
])('uploads that are %s are an error', (_what, options) => {
  expect(() => method([], options as { upload: [] }, () => {})).toThrow(
    /^method: upload is .*, but it must be a list of schemas, at most 100\.$/,
  );
});

test.each(['messages', 'moderation', 'tasks', 'memberships'])(
  'a storage whose store of %s cannot do it all is refused',
  (topic) => {
    const sessions = { save() {}, list() {}, openNodes() {}, endLost() {}, prune() {} };
    expect(made({ hubs: {}, storage: { open() {}, close() {}, sessions, [topic]: {} } })).toThrow(
      new RegExp(`storage\\.${topic} is an object, but it must be an object with the methods `),
    );
  },
);

test('an error never shows what follows the kind of a storage: it may be a password', () => {
  expect(made({ hubs: {}, storage: 'mysql://user:secret@host' })).not.toThrow(/secret/);
});

test('an option that is undefined is one that is not given', () => {
  expect(made({ hubs: { '/a': hub() }, hubOptions: { clientTimeoutMs: undefined }, origins: undefined })).not.toThrow();
});
