// Calls and streams that are refused, on one connection in memory whose clock the test controls.

import { expect } from 'vitest';
import { z } from 'zod';
import { HubError } from '../../src/errors.ts';
import { method, type Rate, type Rates, setupHub, stream } from '../../src/index.ts';
import type { ProtocolName } from '../../src/protocol/codecs.ts';
import { TRANSPORT_NAMES, type TransportName } from '../../src/protocol/negotiate.ts';
import type { RefusalKind } from '../../src/refusal-kinds.ts';
import type { MemoryClient } from '../../src/testing/memory-client.ts';
import { clientProtocol } from '../support/client-protocols.ts';
import type { CollectedLog } from '../support/collected-log.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { MARK, type RefusalCase, twice } from './refusal-case.ts';

interface Asked {
  Weighed(text: string): void;
  Confirm(text: string): string;
}

const refuses = (): never => {
  throw new HubError(`No: ${MARK}`);
};

const hub = () =>
  setupHub({ client: {} as Asked }).createHub({
    options: {
      maximumParallelStreamsPerClient: 2,
      detailedErrors: true,
      invocationTimeoutMs: 1_000,
      moderationTimeoutMs: 500,
    },
    moderate: [({ method }) => (method === 'Weighed' ? new Promise(() => {}) : undefined)],
    methods: {
      Weigh: method([z.string()], (hub, text) => hub.clients.all.send('Weighed', text)),
      Echo: method([z.strictObject({ name: z.string().max(20) })], (_hub, value) => value),
      Admin: method([z.string()], { authorize: 'admin' }, () => 1),
      Refuse: method([z.string()], refuses),
      Ask: method([z.string()], (hub, text) => hub.clients.caller.invoke('Confirm', text)),
      Wait: method([z.string()], () => new Promise(() => {})),
      WaitShort: method([z.string()], { timeoutMs: 500 }, () => new Promise(() => {})),
      Sum: method([], { upload: [z.number()] }, async (_hub, numbers) => {
        for await (const _ of numbers);
      }),
      TicksShort: stream([], { timeoutMs: 500 }, async function* () {
        yield 1;
        await new Promise(() => {});
      }),
      Ticks: stream([], () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) })),
      RefuseLater: stream([], async function* () {
        yield 1;
        refuses();
      }),
    },
  });

/** Kind of the client. Default: JSON over WebSockets. */
interface Way {
  readonly protocol?: ProtocolName;
  readonly over?: TransportName;
}

/** @param send Causes the refusal once; ids must not repeat. */
function refusal(
  fields: object,
  send: (client: MemoryClient, id: string, server: MemoryServer) => unknown,
  before: (client: MemoryClient) => void = () => {},
  { protocol = 'json', over = 'WebSockets' }: Way = {},
): RefusalCase {
  return {
    fields: { hub: '/hub', connectionId: 'c0', ...fields },
    provoke: async (log: CollectedLog) => {
      const server = new MemoryServer(hub(), { log });
      const { client } = server.openOver(over);
      client.protocol = clientProtocol(protocol);
      client.handshake();
      await server.settle();
      before(client);
      await twice(async (nth) => {
        await send(client, `${nth} ${MARK}`, server);
        await server.settle();
      });
      client.cut();
      await server.pass(30_000);
    },
  };
}

/** A refusal by the rates of a hub that lets one call of each kind pass. @param send Calls that are refused. */
function overRate(fields: object, rates: Rates, send: (client: MemoryClient, nth: number) => void): RefusalCase {
  return {
    fields: { hub: '/hub', ...fields },
    provoke: async (log) => {
      const server = new MemoryServer(hub(), { log, hubOptions: { rates } });
      await twice(async (nth) => {
        const { client } = await server.connect();
        for (let sent = 0; sent < 3; sent++) send(client, nth);
        await server.settle();
        client.cut();
        await server.settle();
      });
    },
  };
}

const SELDOM: Rate = { perSecond: 0.01 };

export const REFUSED_CALLS = {
  'call-over-rate': overRate({ method: 'Echo', option: 'rates' }, { calls: SELDOM }, (client, nth) =>
    client.invoke('Echo', [{ name: MARK }], `${nth} ${MARK}`),
  ),
  'message-over-rate': overRate({ option: 'rates.whisper' }, { whisper: SELDOM }, (client) =>
    client.invoke('Ask', [MARK], MARK),
  ),
  'connection-over-rate': overRate({ option: 'rates' }, { calls: SELDOM, patience: 2 }, (client) =>
    client.invoke('Echo', [{ name: MARK }], MARK),
  ),
  'malformed-message': {
    fields: { hub: '/hub', connectionId: 'c0', reason: expect.stringContaining('JSON') },
    provoke: async (log: CollectedLog) => {
      const server = new MemoryServer(hub(), { log, hubOptions: { plain: true } });
      const { client } = server.openPlain();
      await server.settle();
      await twice(async () => {
        client.sendGarbage(MARK);
        await server.settle();
      });
      client.cut();
      await server.settle();
    },
  },
  'no-such-method': refusal({ method: 'Nope' }, (client, id) => client.invoke('Nope', [MARK, { [MARK]: 1 }], id)),
  'arguments-unfit': refusal(
    { method: 'Echo', reason: 'Argument 1, of type object, does not fit its schema.' },
    // Zod names the unknown key.
    (client, id) => client.invoke('echo', [{ name: '', [MARK]: MARK }], id),
  ),
  'call-unauthorized': refusal({ method: 'Admin', option: 'authorize' }, (client, id) =>
    client.invoke('Admin', [MARK], id),
  ),
  'not-a-stream': refusal({ method: 'Refuse' }, (client, id) => client.stream('Refuse', [MARK], id)),
  'not-a-method': refusal({ method: 'Ticks' }, (client, id) => client.invoke('Ticks', [], id)),
  'wrong-uploads': refusal({ method: 'Refuse', sent: 1, expected: 0, option: 'upload' }, (client, id) =>
    client.sendRecord({ type: 1, target: 'Refuse', arguments: [MARK], invocationId: id, streamIds: [MARK] }),
  ),
  'id-in-use': refusal(
    { method: 'Ticks' },
    (client) => client.stream('Ticks', [], MARK),
    (client) => client.stream('Ticks', [], MARK),
  ),
  'too-many-streams': refusal(
    { method: 'Ticks', option: 'maximumParallelStreamsPerClient' },
    (client, id) => client.stream('Ticks', [], id),
    (client) => {
      for (const id of ['a', 'b']) client.stream('Ticks', [], id);
    },
  ),
  'call-late': refusal({ method: 'WaitShort', option: 'timeoutMs', limitMs: 500 }, async (client, id, server) => {
    client.invoke('WaitShort', [MARK], id);
    await server.pass(700);
  }),
  'method-refused': refusal({ method: 'Refuse' }, (client, id) => client.invoke('Refuse', [MARK], id)),
  'stream-refused': refusal({ method: 'RefuseLater' }, (client, id) => client.stream('RefuseLater', [], id)),
  'item-unfit': refusal({ method: 'Sum' }, (client, id) => {
    client.sendRecord({ type: 1, target: 'Sum', arguments: [], invocationId: id, streamIds: [id] });
    client.sendItem(id, MARK);
  }),
  'moderation-late': refusal(
    { option: 'moderationTimeoutMs', method: 'Weighed', outbox: 'broadcast', limitMs: 500 },
    async (client, id, server) => {
      client.invoke('Weigh', [MARK], id);
      await server.settle();
      await server.pass(700);
    },
  ),
} satisfies Partial<Record<RefusalKind, RefusalCase>>;

/** Further causes of such refusals. */
export const OTHER_REFUSED_CALLS: readonly (readonly [what: string, kind: RefusalKind, case_: RefusalCase])[] = [
  [
    'too many arguments',
    'arguments-unfit',
    refusal({ method: 'Echo', reason: 'Invocation provides 2 argument(s) but target expects 1.' }, (client, id) =>
      client.invoke('Echo', [{ name: MARK }, MARK], id),
    ),
  ],
  [
    'the time of the hub',
    'call-late',
    refusal({ method: 'Wait', option: 'invocationTimeoutMs', limitMs: 1_000 }, async (client, id, server) => {
      client.invoke('Wait', [MARK], id);
      await server.pass(1_200);
    }),
  ],
  [
    'the time of a stream',
    'call-late',
    refusal({ method: 'TicksShort', option: 'timeoutMs', limitMs: 500 }, async (client, id, server) => {
      client.stream('TicksShort', [], id);
      await server.pass(700);
    }),
  ],
  [
    'in MessagePack',
    'arguments-unfit',
    refusal(
      { method: 'Echo', reason: 'Argument 1, of type string, does not fit its schema.' },
      (client, id) => client.invoke('Echo', [MARK], id),
      () => {},
      { protocol: 'messagepack' },
    ),
  ],
  ...TRANSPORT_NAMES.map(
    (over) =>
      [
        `over ${over}`,
        'no-such-method',
        refusal(
          { method: 'Nope' },
          (client, id) => client.invoke('Nope', [MARK], id),
          () => {},
          { over },
        ),
      ] as const,
  ),
  [
    'the text of a client that was asked',
    'method-refused',
    refusal({ method: 'Ask' }, async (client, id, server) => {
      client.invoke('Ask', [MARK], id);
      await server.settle();
      client.complete(client.requestedResults.at(-1)?.invocationId as string, { error: MARK });
    }),
  ],
  [
    'the text of an upload that its client has ended',
    'method-refused',
    refusal({ method: 'Sum' }, (client, id) => {
      client.sendRecord({ type: 1, target: 'Sum', arguments: [], invocationId: id, streamIds: [id] });
      client.complete(id, { error: MARK });
    }),
  ],
  [
    'the id of an upload',
    'id-in-use',
    refusal(
      { method: 'Sum' },
      (client, id) => client.sendRecord({ type: 1, target: 'Sum', arguments: [], invocationId: id, streamIds: ['s'] }),
      (client) => client.sendRecord({ type: 1, target: 'Sum', arguments: [], invocationId: '0', streamIds: ['s'] }),
    ),
  ],
];
