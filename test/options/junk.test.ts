// Wrong values for options: each is either valid, or refused with an OptionsError.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createServer, method, OptionsError, setupHub, stream } from '../../src/index.ts';
import { readAttachOptions, readCloseOptions, readListenOptions } from '../../src/listen-options.ts';
import { property } from '../support/property.ts';

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const throwing = {
  get limitBytes(): never {
    throw new Error('a getter that throws');
  },
};

/** Values that fast-check cannot handle, so it gets their names only. */
const ODDITIES: Readonly<Record<string, unknown>> = {
  null: null,
  'no number': Number.NaN,
  'without end': Number.POSITIVE_INFINITY,
  'below zero': -1,
  'a fraction': 0.5,
  'no safe number': 2 ** 53,
  'a bigint': 10n,
  'a symbol': Symbol('x'),
  'a function': () => {},
  'an asynchronous function': async () => {},
  'a class': class {},
  'a pattern': /x/,
  'a map': new Map([['limitBytes', 1]]),
  'a date': new Date(),
  'a promise': Promise.resolve({}),
  'a proxy': new Proxy({}, {}),
  'a revoked proxy': revoked(),
  'a getter that throws': throwing,
  'a list of a revoked proxy': [revoked()],
  'a list of nothing': new Array(3),
  'no prototype': Object.create(null),
  'a prototype as a key': JSON.parse('{"__proto__": {"limitBytes": "x"}}'),
  'something inherited': Object.create({ limitBytes: 'x' }),
  'a URL': 'https://app.example',
  'a text': '5s',
  'a control character': '\u0000',
  'half of a pair': '\ud800',
  'an empty text': '',
};

interface Junk {
  readonly odd: string | undefined;
  readonly plain: unknown;
  readonly isList: boolean;
}

const junk: fc.Arbitrary<Junk> = fc.record({
  odd: fc.option(fc.constantFrom(...Object.keys(ODDITIES)), { nil: undefined }),
  plain: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.anything({ withBigInt: true, withMap: true, withSet: true, withDate: true, withSparseArray: true }),
    },
    // What an option is most often.
    { weight: 1, arbitrary: fc.integer({ min: -1, max: 1_000_000 }) },
  ),
  isList: fc.boolean(),
});

function madeOf({ odd, plain, isList }: Junk): unknown {
  const value = odd === undefined ? plain : ODDITIES[odd];
  return isList ? [value] : value;
}

const SERVER = [
  'hubs',
  'hubOptions',
  'filters',
  'authenticate',
  'origins',
  'hosts',
  'detachedConnections',
  'maximumWaitingBytes',
  'storage',
  'retention',
  'sqliteWorker',
  'inspect',
  'clock',
  'logger',
  'logLevel',
];
const HUB = [
  'detailedErrors',
  'handshakeTimeoutMs',
  'admissionTimeoutMs',
  'keepAliveIntervalMs',
  'clientTimeoutMs',
  'invocationTimeoutMs',
  'maximumReceiveMessageBytes',
  'maximumFrameBytes',
  'maximumValuesPerMessage',
  'maximumParallelInvocationsPerClient',
  'maximumParallelStreamsPerClient',
  'streamBufferCapacity',
  'maximumGroupsPerConnection',
  'maximumGroupNameBytes',
  'slowConsumer',
  'outboxes',
  'allowStatefulReconnects',
  'statefulReconnectBufferBytes',
  'minimumNegotiateVersion',
  'closeOnAuthenticationExpiration',
  'transports',
  'protocols',
  'pollTimeoutMs',
];
const SLOW = ['policy', 'highWaterBytes', 'limitBytes', 'limitMessages', 'stallMs'];
const OUTBOX = ['capacity'];
const DETACHED = ['limitConnections', 'limitBytes', 'limitConnectionsPerUser', 'limitBytesPerUser'];
const PARTS = ['authorize', 'methods', 'filters', 'options', 'onConnected', 'onDisconnected'];
const METHOD = ['upload', 'authorize', 'timeoutMs'];
const SETUP = ['lifetime', 'state', 'shared'];

/** Each object of options, with the call that takes it. */
const PLACES: readonly (readonly [name: string, options: readonly string[], read: (options: object) => unknown])[] = [
  ['createServer', SERVER, (options) => createServer({ hubs: {}, logLevel: 'silent', ...options } as never)],
  ['hubOptions', HUB, (hubOptions) => createServer({ hubs: {}, logLevel: 'silent', hubOptions } as never)],
  ['options of createHub', HUB, (options) => setupHub({}).createHub({ methods: {}, options } as never)],
  [
    'slowConsumer',
    SLOW,
    (slowConsumer) => createServer({ hubs: {}, logLevel: 'silent', hubOptions: { slowConsumer } } as never),
  ],
  [
    'outboxes',
    ['broadcast', 'whisper'],
    (outboxes) => setupHub({}).createHub({ methods: {}, options: { outboxes } } as never),
  ],
  [
    'outboxes.whisper',
    OUTBOX,
    (whisper) => createServer({ hubs: {}, logLevel: 'silent', hubOptions: { outboxes: { whisper } } } as never),
  ],
  [
    'detachedConnections',
    DETACHED,
    (detachedConnections) => createServer({ hubs: {}, logLevel: 'silent', detachedConnections } as never),
  ],
  ['inspect', ['token'], (inspect) => createServer({ hubs: {}, logLevel: 'silent', inspect } as never)],
  ['createHub', PARTS, (parts) => setupHub({}).createHub({ methods: {}, ...parts } as never)],
  ['setupHub', SETUP, (setup) => setupHub(setup as never)],
  ['method', METHOD, (options) => method([], options as never, () => {})],
  ['stream', METHOD, (options) => stream([], options as never, async function* () {})],
];

/**
 * Calls with a value.
 *
 * @returns undefined when it was taken, else the text of the OptionsError. Other errors fail the test.
 */
function refusal(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(OptionsError);
    return (error as OptionsError).message;
  }
}

function isNumeric(option: string): boolean {
  return /(Ms|Bytes|Per[A-Z][a-z]+|PerUser|[cC]apacity|Version|limitMessages|limitConnections)$/.test(option);
}

const OUTCOMES = ['it is taken', 'it is refused'] as const;

describe.each(PLACES)('%s', (_name, options, read) => {
  const isSometimesNumeric = options.some(isNumeric);
  const number: Junk = { odd: undefined, plain: 5_000, isList: false };
  const nothing: Junk = { ...number, plain: undefined };
  const examples: [string, Junk][] = options.map((option) => [option, isNumeric(option) ? number : nothing]);

  property(
    'takes what an option may be, and refuses everything else with an OptionsError that names it',
    [fc.constantFrom(...options), junk],
    { runs: 300, sometimes: isSometimesNumeric ? [...OUTCOMES, 'a number is taken'] : OUTCOMES, examples },
    (option, made, reached) => {
      const value = madeOf(made);
      const text = refusal(() => read({ [option]: value }));
      reached(text === undefined ? 'it is taken' : 'it is refused');
      if (isSometimesNumeric) reached('a number is taken', text === undefined && typeof value === 'number');
      if (text !== undefined) expect(text).toMatch(new RegExp(`\\b${option}\\b|cannot be read`));
      if (text === undefined && value !== undefined && isNumeric(option)) expect(value).toSatisfy(Number.isSafeInteger);
    },
  );

  property('refuses every name that there is not', [fc.string({ minLength: 1 }), junk], 100, (name, made) => {
    fc.pre(!options.includes(name) && name !== 'client' && name !== 'hubs' && name !== '__proto__');
    expect(refusal(() => read({ [name]: madeOf(made) }))).toContain('there is no option');
  });

  test('refuses an option in another case, and knows which was meant', () => {
    for (const option of options) {
      const wrong = option.toUpperCase();
      expect(refusal(() => read({ [wrong]: undefined }))).toContain(`Did you mean ${option}?`);
    }
  });
});

property('whatever is handed over instead of options is refused, or has none', [junk], 300, (made) => {
  const value = madeOf(made);
  for (const read of [
    () => createServer(value as never),
    () => setupHub({}).createHub(value as never),
    () => setupHub(value as never),
    () => method(value as never, () => {}),
    () => method([], value as never, () => {}),
    () => method([], value as never),
  ]) {
    refusal(read);
  }
});

property('listen, attach and close take what they should, and nothing else', [junk, junk], 300, (first, second) => {
  const [one, other] = [madeOf(first), madeOf(second)];
  refusal(() => readAttachOptions(one as never, other as never));
  refusal(() => readCloseOptions(one as never));
  refusal(() => readListenOptions(one as never));
  if (refusal(() => readListenOptions({ port: one } as never)) === undefined) expect(one).toSatisfy(isPort);
  if (refusal(() => readListenOptions({ port: 0, host: one } as never)) === undefined) {
    expect(one).toSatisfy((host) => host === undefined || (typeof host === 'string' && host.trim() !== ''));
  }
  if (refusal(() => readCloseOptions({ drainMs: one } as never)) === undefined) {
    expect(one).toSatisfy((ms) => ms === undefined || Number.isSafeInteger(ms));
  }
});

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535;
}
