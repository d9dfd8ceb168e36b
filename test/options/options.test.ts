import { expect, test } from 'vitest';
import { createServer, method, OptionsError, type ServerOptions, setupHub } from '../../src/index.ts';

const hub = () => setupHub({}).createHub({ methods: {} });

/** What plain JavaScript can pass, and TypeScript would not let through. */
function made(options: object): () => unknown {
  return () => createServer(options as ServerOptions);
}

test.each([
  ['no hubs', {}, /hubs is missing/],
  ['something that is no hub', { hubs: { '/a': {} } }, /hubs\["\/a"\] is no hub/],
  ['a path without a slash', { hubs: { a: hub() } }, /must be a path that begins with a slash/],
  ['two paths that differ in case only', { hubs: { '/a': hub(), '/A': hub() } }, /differs from another path in case/],
  ['a hub where the inspector is', { hubs: { '/inspect': hub() }, inspect: true }, /is where the inspector is/],
  ['an unknown option', { hubs: {}, hubz: {} }, /there is no option hubz/],
  ['an unknown log level', { hubs: {}, logLevel: 'loud' }, /logLevel is "loud"/],
  [
    'a URL instead of a host',
    { hubs: {}, hosts: ['https://a.example'] },
    /hosts\[0\] is "https:\/\/a\.example", but it must be/,
  ],
  ['a host instead of a list of them', { hubs: {}, hosts: 'a.example' }, /hosts must be a list of/],
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
    /maximumWaitingBytes is 0, but it must be a whole number of bytes from 1 on/,
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
  ['an unknown hub option', { hubs: { '/a': hub() }, hubOptions: { keepalive: 1 } }, /there is no option keepalive/],
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

test.each([
  ['no list', { upload: {} }],
  ['too many', { upload: new Array(101).fill({}) }],
])('uploads that are %s are an error', (_what, options) => {
  const wrong = method([], options as { upload: [] }, () => {});
  expect(made({ hubs: { '/a': setupHub({}).createHub({ methods: { Up: wrong } }) } })).toThrow(
    /methods\.Up: upload must be a list of schemas, at most 100/,
  );
});

test('an error never shows what follows the kind of a storage: it may be a password', () => {
  expect(made({ hubs: {}, storage: 'mysql://user:secret@host' })).not.toThrow(/secret/);
});

test('an option that is undefined is one that is not given', () => {
  expect(made({ hubs: { '/a': hub() }, hubOptions: { clientTimeoutMs: undefined }, origins: undefined })).not.toThrow();
});
