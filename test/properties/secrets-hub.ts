import type { StandardSchemaV1 } from '@standard-schema/spec';
import { HubError } from '../../src/errors.ts';
import { method, stream } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { any } from '../support/schemas.ts';
import type { TestClient } from './addresses.ts';

/** A part of every text that must stay on the server. */
export const SECRET = 'SECRET';
/** A part of every text that is meant for the client. */
export const OPEN = 'OPEN';

const circle: Record<string, unknown> = { secret: SECRET };
circle.self = circle;

/** Values that JavaScript allows to throw. */
const THROWN: readonly (() => unknown)[] = [
  () => new Error(SECRET),
  () => new TypeError(SECRET, { cause: new HubError(SECRET) }),
  () => SECRET,
  () => ({ message: SECRET, name: 'HubError' }),
  () => null,
  () => undefined,
  () => Symbol(SECRET),
  () => Object.create(null),
  () => new HubError(OPEN),
  () => Object.assign(new HubError(OPEN), { name: SECRET, secret: SECRET }),
];
/** Results that cannot be written, and one that can. */
const RESULTS: readonly (() => unknown)[] = [
  () => 1n,
  () => Number.NaN,
  () => circle,
  () => () => SECRET,
  () => ({
    get secret() {
      throw new Error(SECRET);
    },
  }),
  // biome-ignore lint/suspicious/noThenProperty: that is what this one is about
  () => ({ then: (_: unknown, reject: (error: unknown) => void) => reject(new Error(SECRET)) }),
  () => OPEN,
];

/** Number of argument values that have a meaning. */
export const WAYS_TO_FAIL = THROWN.length;
export const WAYS_TO_ANSWER = RESULTS.length;

const pick = (from: readonly (() => unknown)[], which: number): unknown =>
  (from[which % from.length] as () => unknown)();

const refusing: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: SECRET }] }) },
};
const throwing: StandardSchemaV1 = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: () => {
      throw new Error(SECRET);
    },
  },
};
const rejecting: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'test', validate: () => Promise.reject(new Error(SECRET)) },
};

async function readAll(_hub: unknown, items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

/** A hub in which everything can fail. The texts that its callers may read contain OPEN. */
export function createSecretsHub() {
  const number = any<number>();
  return setupHub({ client: {} as TestClient }).createHub({
    methods: {
      Throw: method([number], (_hub, which) => {
        throw pick(THROWN, which);
      }),
      Reject: method([number], async (_hub, which) => {
        throw pick(THROWN, which);
      }),
      Answer: method([number], (_hub, which) => pick(RESULTS, which)),
      /** Sends a value that cannot be sent, and does not await it. */
      SendBlindly: method([number], (hub, which) => {
        hub.clients.all.send('Heard', pick(RESULTS, which) as number, '');
        hub.clients.caller.send('Heard', 1n as unknown as number, '');
        hub.clients.client('nobody').send('Heard', 1, '');
        hub.clients.client('').send('Heard', 1, '');
      }),
      Send: method([number], (hub, which) => hub.clients.caller.send('Heard', pick(RESULTS, which) as number, '')),
      Refused: method([refusing], () => OPEN),
      BrokenSchema: method([throwing], () => OPEN),
      RejectingSchema: method([rejecting], () => OPEN),
      Forbidden: method([], { authorize: 'admin' }, () => SECRET),
      BrokenRule: method(
        [],
        {
          authorize: () => {
            throw new Error(SECRET);
          },
        },
        () => SECRET,
      ),
      StreamThrow: stream([number], async function* (_hub, which) {
        yield OPEN;
        throw pick(THROWN, which);
      }),
      StreamThrowEarly: stream([number], (_hub, which): AsyncIterable<unknown> => {
        throw pick(THROWN, which);
      }),
      StreamAnything: stream([number], async function* (_hub, which) {
        yield pick(RESULTS, which);
      }),
      NoStream: stream([number], (_hub, which) => pick(RESULTS, which) as AsyncIterable<unknown>),
      Upload: method([number], { upload: [number] }, async (_hub, which, items) => {
        for await (const item of items) if (item === which) throw pick(THROWN, which);
      }),
      UploadRefused: method([], { upload: [refusing] }, readAll),
      UploadBroken: method([], { upload: [rejecting] }, readAll),
      UploadUnread: method([], { upload: [number] }, (_hub, items) => {
        // A step that is not awaited.
        void items[Symbol.asyncIterator]().next();
        return new Promise<void>(() => {});
      }),
      Ask: method([number], async (hub, which) => {
        void hub.clients.caller.invoke('Confirm', which);
        await hub.clients.caller.invoke('Confirm', pick(RESULTS, which) as number);
      }),
      AskNobody: method([number], (hub) => hub.clients.client(SECRET).invoke('Confirm', 1)),
      Leave: method([], (hub) => hub.abort({ reason: SECRET })),
    },
    onConnected(hub) {
      if (hub.user?.roles.includes('unwanted') === true) throw new Error(SECRET);
      if (hub.user?.roles.includes('refused') === true) throw new HubError(OPEN);
    },
    onDisconnected(hub) {
      if (hub.user?.roles.includes('bitter') === true) throw new Error(SECRET);
    },
  });
}

export const METHODS = [
  'Throw',
  'Reject',
  'Answer',
  'SendBlindly',
  'Send',
  'Refused',
  'BrokenSchema',
  'RejectingSchema',
  'Forbidden',
  'BrokenRule',
  'StreamThrow',
  'StreamThrowEarly',
  'StreamAnything',
  'NoStream',
  'Upload',
  'UploadRefused',
  'UploadBroken',
  'UploadUnread',
  'Ask',
  'AskNobody',
  'Leave',
] as const;
