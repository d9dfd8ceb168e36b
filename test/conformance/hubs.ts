// The hub of most vectors: one method for each thing that a method can do.
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import {
  type Authorize,
  type Hub,
  HubError,
  type HubFilter,
  type HubOptions,
  method,
  setupHub,
} from '../../src/index.ts';
import { type Events, errorOf } from './events.ts';
import { askingMethods, streamMethods, uploadMethods } from './streaming-methods.ts';

export interface TestClient {
  Message(value: unknown): void;
  NoArguments(): void;
  ManyArguments(...values: readonly unknown[]): void;
  Question(question: string | null): number;
  Result(): number;
}
export type TestHub = Hub<TestClient, undefined>;

const int = z.int32();
const text = z.string().nullable();
const texts = z.array(z.string());
/**
 * An id or a name. Null passes, as in ASP.NET Core SignalR, because the library's reaction to null is part of the
 * vectors.
 */
const name = text as unknown as z.ZodString;

/** Creates a separate definition for each path: hubs with the same methods do not see each other's connections. */
export function fullHub(
  path: string,
  events: Events,
  {
    filters = [],
    authorize = 'anonymous',
    ...options
  }: HubOptions & { readonly filters?: readonly HubFilter[]; readonly authorize?: Authorize } = {},
) {
  return setupHub({ client: {} as TestClient }).createHub({
    options,
    filters,
    authorize,
    onConnected: (hub) => events.add(path, hub.connectionId, 'connected'),
    onDisconnected: (hub, reason) => events.disconnected(path, hub.connectionId, reason.error),
    methods: {
      ...streamMethods(path, events),
      ...uploadMethods(path, events),
      ...askingMethods(path, events),

      // ---------- values
      Echo: method([text], (_hub, value) => value),
      EchoAny: method([z.unknown()], (_hub, value) => value),
      Add: method([int, int], (_hub, a, b) => a + b),
      Number: method([z.number()], (_hub, value) => value),
      Void: method([], () => {}),
      VoidAsync: method([], async () => {}),
      Null: method([], () => null),
      Object: method([], () => ({ name: 'x', value: 1 })),
      Dictionary: method([], () => ({ Key: 1 })),
      EnumValue: method([], () => 1),
      Text: method([], () => '<&>\'"+\u00e9\u2028\u{1f600}\u0001/\\'),
      Date: method([], () => '2020-02-03T04:05:06.789+02:00'),
      Bytes: method([], () => Uint8Array.of(0x00, 0xff, 0x80)),
      NotANumber: method([], () => Number.NaN),
      BigInteger: method([], () => 9_007_199_254_740_993n),
      BigText: method([int], (_hub, length) => 'x'.repeat(length)),
      CircularResult: method([], () => {
        const list: unknown[] = [];
        list.push(list);
        return list;
      }),
      Optional: method([text, text], (_hub, a, b) => `${a ?? ''}${b ?? ''}`),
      renamed: method([], () => 'renamed'),
      ConnectionId: method([], (hub) => hub.connectionId),
      UserId: method([], (hub) => hub.user?.id ?? null),
      QueryValue: method([z.string()], (hub, key) => hub.request.query.get(key)),
      HeaderValue: method([z.string()], (hub, key) => hub.request.headers[key.toLowerCase()] ?? null),
      /** A connection begins with a GET, over every transport. */
      MethodAndPath: method([], (hub) => `GET ${hub.request.url.split('?', 1)[0]}`),

      // ---------- errors
      Throw: method([text], (_hub, message) => {
        throw errorOf('InvalidOperationException', message ?? '');
      }),
      ThrowAsync: method([text], async (_hub, message) => {
        await wait(1);
        throw errorOf('ArgumentException', `${message} (Parameter 'secretParam')`);
      }),
      ThrowHub: method([text], (_hub, message) => {
        throw new HubError(message ?? '');
      }),

      // ---------- time, and the end of the connection
      Kill: method([], (hub) => hub.abort()),
      RequestClose: method([], (hub) => hub.abort({ allowReconnect: true })),
      Slow: method([int], async (_hub, ms) => {
        await wait(ms);
        return `slow ${ms}`;
      }),
      Wait: method([], async ({ signal }) => {
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      }),

      // ---------- addressing
      ToAll: method([text], (hub, message) => hub.clients.all.send('Message', message)),
      ToOthers: method([text], (hub, message) => hub.clients.others.send('Message', message)),
      ToCaller: method([text], (hub, message) => hub.clients.caller.send('Message', message)),
      ToCallerMany: method([int], async (hub, count) => {
        for (let n = 0; n < count; n++) await hub.clients.caller.send('Message', n);
      }),
      Big: method([int], (hub, length) => hub.clients.caller.send('Message', 'x'.repeat(length))),
      NoArguments: method([], (hub) => hub.clients.caller.send('NoArguments')),
      ManyArguments: method([], (hub) =>
        hub.clients.caller.send('ManyArguments', 1, 'two', null, [3], { name: 'x', value: 4 }),
      ),
      Unserializable: method([], (hub) => hub.clients.caller.send('Message', () => 1)),
      Join: method([name], (hub, group) => hub.groups.add(hub.connectionId, group)),
      Leave: method([name], (hub, group) => hub.groups.remove(hub.connectionId, group)),
      JoinOther: method([name, name], (hub, id, group) => hub.groups.add(id, group)),
      ToGroup: method([name, text], (hub, group, message) => hub.clients.group(group).send('Message', message)),
      ToGroups: method([texts, text], (hub, groups, message) => hub.clients.groups(groups).send('Message', message)),
      ToOthersInGroup: method([name, text], (hub, group, message) =>
        hub.clients.othersInGroup(group).send('Message', message),
      ),
      ToGroupExcept: method([name, texts, text], (hub, group, ids, message) =>
        hub.clients.groupExcept(group, ids).send('Message', message),
      ),
      ToClient: method([name, text], (hub, id, message) => hub.clients.client(id).send('Message', message)),
      ToClients: method([texts, text], (hub, ids, message) => hub.clients.clients(ids).send('Message', message)),
      ToAllExcept: method([texts, text], (hub, ids, message) => hub.clients.allExcept(ids).send('Message', message)),
      ToUser: method([name, text], (hub, user, message) => hub.clients.user(user).send('Message', message)),
      ToUsers: method([texts, text], (hub, users, message) => hub.clients.users(users).send('Message', message)),
    },
  });
}
