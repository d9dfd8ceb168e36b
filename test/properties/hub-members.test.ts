import { describe, expect, test } from 'vitest';
import type { CallerClients, HubClients, Receiver, Receivers, UserReceivers } from '../../src/hub/clients.ts';
import type { AnyHub, HubFilter } from '../../src/hub/filters.ts';
import type { Groups } from '../../src/hub/groups.ts';
import type { HubContext } from '../../src/hub/hub-context.ts';
import type { PresenceView } from '../../src/hub/presence.ts';
import { method, setupHub } from '../../src/index.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { abort } from '../support/sessions.ts';

/** The members of a type, each of them once: a missing or a further name is an error of the compiler. */
type MembersOf<T> = Record<keyof T, true>;

const RECEIVERS: MembersOf<Receivers<unknown>> = { send: true, with: true };
const USER_RECEIVERS: MembersOf<UserReceivers<unknown>> = { ...RECEIVERS, abort: true };
const RECEIVER: MembersOf<Receiver<unknown>> = { ...USER_RECEIVERS, invoke: true };
const HUB_CLIENTS: MembersOf<HubClients<unknown>> = {
  all: true,
  allExcept: true,
  client: true,
  clients: true,
  group: true,
  groups: true,
  groupExcept: true,
  user: true,
  users: true,
};
const CALLER_CLIENTS: MembersOf<CallerClients<unknown>> = {
  ...HUB_CLIENTS,
  caller: true,
  others: true,
  othersInGroup: true,
};
const GROUPS: MembersOf<Groups> = { add: true, remove: true, members: true, count: true };
const PRESENCE_VIEW: MembersOf<PresenceView> = { get: true, list: true, count: true };
const PRESENCE: MembersOf<AnyHub['presence']> = {
  ...PRESENCE_VIEW,
  claim: true,
  update: true,
  move: true,
  release: true,
};
const HUB: MembersOf<AnyHub> = {
  connectionId: true,
  user: true,
  request: true,
  state: true,
  shared: true,
  clients: true,
  groups: true,
  history: true,
  presence: true,
  items: true,
  log: true,
  signal: true,
  abort: true,
};
const CONTEXT: MembersOf<HubContext<unknown>> = {
  clients: true,
  groups: true,
  history: true,
  presence: true,
  count: true,
  find: true,
};

/** The names of an object's own and inherited properties, except those that every object has. */
function membersOf(value: object): unknown[] {
  const names = new Set<unknown>();
  for (let at: object = value; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Reflect.ownKeys(at)) if (name !== 'constructor') names.add(name);
  }
  return [...names].sort();
}

function expectMembers(value: object, members: Record<string, true>): void {
  expect(membersOf(value)).toEqual(Object.keys(members).sort());
}

function expectMembersOfClients(clients: HubClients<unknown>): void {
  const one = clients.client('c0');
  for (const receiver of [one, one.with({ timeoutMs: 5 })]) expectMembers(receiver, RECEIVER);
  for (const user of [clients.user('ann'), clients.user('ann').with({})]) expectMembers(user, USER_RECEIVERS);
  const many = [
    clients.all,
    clients.allExcept([]),
    clients.clients(['c0']),
    clients.group('red'),
    clients.groups(['red']),
    clients.groupExcept('red', []),
    clients.users(['ann']),
    clients.all.with({}),
  ];
  for (const receivers of many) expectMembers(receivers, RECEIVERS);
}

function expectMembersOfHub(hub: AnyHub): void {
  expectMembers(hub, HUB);
  expectMembers(hub.groups, GROUPS);
  expectMembers(hub.presence, PRESENCE);
  expectMembers(hub.clients, CALLER_CLIENTS);
  expectMembersOfClients(hub.clients);
  expectMembers(hub.clients.caller, RECEIVER);
  expectMembers(hub.clients.others, RECEIVERS);
  expectMembers(hub.clients.othersInGroup('red'), RECEIVERS);
}

describe('what authors hold has the members of its type and no others', () => {
  test('the hub of a method, of onConnected, of onDisconnected and of filters', async () => {
    const hubs: AnyHub[] = [];
    const keep = (hub: AnyHub) => void hubs.push(hub);
    const invoke: HubFilter['invoke'] = ({ hub }, next) => {
      keep(hub);
      return next();
    };
    const definition = setupHub({}).createHub({
      methods: { Keep: method([], keep) },
      filters: [{ invoke }],
      onConnected: keep,
      onDisconnected: keep,
    });
    const server = new MemoryServer(definition);
    const peer = await server.connect();
    peer.client.invoke('Keep', []);
    await server.settle();
    for (const hub of hubs) expectMembersOfHub(hub);
    abort(peer.connection);
    await server.settle();
    expect(hubs).toHaveLength(4);
    expectMembersOfHub(hubs[3] as AnyHub);
  });

  test('the context of a hub', () => {
    const { context } = new MemoryServer(setupHub({}).createHub({ methods: {} })).host.hub;
    expectMembers(context, CONTEXT);
    expectMembers(context.groups, GROUPS);
    expectMembers(context.presence, PRESENCE_VIEW);
    expectMembers(context.clients, HUB_CLIENTS);
    expectMembersOfClients(context.clients);
  });
});
