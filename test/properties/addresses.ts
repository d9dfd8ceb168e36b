import fc from 'fast-check';
import type { CallerClients, HubClients, Receivers } from '../../src/hub/clients.ts';

export interface TestClient {
  /** Receives a message. `number` is the number that it got when it was sent. */
  Heard(number: number, ballast: string): void;
  /** A client result. */
  Confirm(number: number): number;
}

/** Receivers of a message, as plain data. Participants are addressed by number. */
export type Address =
  | { readonly to: 'all' | 'others' | 'caller' }
  | { readonly to: 'allExcept' | 'participant' | 'participants'; readonly participants: readonly number[] }
  | {
      readonly to: 'groups' | 'groupExcept' | 'othersInGroup';
      readonly groups: readonly string[];
      readonly not: number;
    }
  | { readonly to: 'user'; readonly user: string };

export const GROUPS = ['red', 'blue', 'green'] as const;
export const USERS = ['ann', 'bob'] as const;

export const group = fc.constantFrom(...GROUPS);
const participants = fc.array(fc.nat(5), { minLength: 1, maxLength: 2 });
const groups = fc.subarray([...GROUPS], { minLength: 1, maxLength: 2 });

/** Two groups, which may have the same members. */
export const twoGroups: fc.Arbitrary<Address> = fc.record({
  to: fc.constant('groups' as const),
  groups: fc.subarray([...GROUPS], { minLength: 2, maxLength: 2 }),
  not: fc.constant(0),
});

/** Addresses that a hub context can use. It has no caller. */
export const contextAddress: fc.Arbitrary<Address> = fc.oneof(
  fc.record({ to: fc.constant('all' as const) }),
  fc.record({
    to: fc.constantFrom('allExcept' as const, 'participant' as const, 'participants' as const),
    participants,
  }),
  fc.record({ to: fc.constantFrom('groups' as const, 'groupExcept' as const), groups, not: fc.nat(5) }),
  fc.record({ to: fc.constant('user' as const), user: fc.constantFrom(...USERS) }),
);

export const callerAddress: fc.Arbitrary<Address> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ to: fc.constantFrom('all' as const, 'others' as const, 'caller' as const) }) },
  { weight: 1, arbitrary: fc.record({ to: fc.constant('othersInGroup' as const), groups, not: fc.nat(5) }) },
  { weight: 4, arbitrary: contextAddress },
);

/** The outbox that a message with this address goes through. */
export function outboxOf(address: Address): 'broadcast' | 'whisper' {
  return ['caller', 'participant', 'participants', 'user'].includes(address.to) ? 'whisper' : 'broadcast';
}

/** The same address, with numbers below `count`. It keeps its meaning when more participants connect. */
export function fixed(address: Address, count: number): Address {
  if ('participants' in address)
    return { ...address, participants: address.participants.map((number) => number % count) };
  return 'not' in address ? { ...address, not: address.not % count } : address;
}

/** The proxy of the library for an address. `ids`: the connection ids of the participants, in order. */
export function receivers(
  clients: HubClients<TestClient> | CallerClients<TestClient>,
  address: Address,
  ids: readonly string[],
): Receivers<TestClient> {
  const id = (participant: number) => ids[participant] as string;
  const caller = clients as CallerClients<TestClient>;
  switch (address.to) {
    case 'all':
    case 'others':
    case 'caller':
      return caller[address.to];
    case 'allExcept':
      return clients.allExcept(address.participants.map(id));
    case 'participant':
      return clients.client(id(address.participants[0] as number));
    case 'participants':
      return clients.clients(address.participants.map(id));
    case 'groups':
      return clients.groups(address.groups);
    case 'groupExcept':
      return clients.groupExcept(address.groups[0] as string, [id(address.not)]);
    case 'othersInGroup':
      return caller.othersInGroup(address.groups[0] as string);
    case 'user':
      return clients.user(address.user);
  }
}

/** State of a participant that decides which messages it receives. */
export interface Addressable {
  readonly key: number;
  readonly user: string;
  readonly isReachable: boolean;
  readonly groups: ReadonlySet<string>;
}

/**
 * Participants that receive a message with this address now, according to the model. A participant in two groups appears once for
 * each.
 */
export function expectedReceivers<M extends Addressable>(
  address: Address,
  from: M | undefined,
  everybody: readonly M[],
): M[] {
  const reachable = everybody.filter((participant) => participant.isReachable);
  switch (address.to) {
    case 'all':
      return reachable;
    case 'others':
      return reachable.filter((participant) => participant !== from);
    case 'caller':
      return reachable.filter((participant) => participant === from);
    case 'allExcept':
      return reachable.filter((participant) => !address.participants.includes(participant.key));
    case 'participant':
      return reachable.filter((participant) => participant.key === address.participants[0]);
    case 'participants':
      return reachable.filter((participant) => address.participants.includes(participant.key));
    case 'groups':
      return address.groups.flatMap((name) => reachable.filter((participant) => participant.groups.has(name)));
    case 'groupExcept':
      return reachable.filter(
        (participant) => participant.groups.has(address.groups[0] as string) && participant.key !== address.not,
      );
    case 'othersInGroup':
      return reachable.filter(
        (participant) => participant.groups.has(address.groups[0] as string) && participant !== from,
      );
    case 'user':
      return reachable.filter((participant) => participant.user === address.user);
  }
}
