import fc from 'fast-check';
import type { CallerClients, HubClients, Receivers } from '../../src/hub/clients.ts';

export interface WorldClient {
  /** A message, by the number that it got when it was sent. */
  Heard(number: number, ballast: string): void;
  /** A question. */
  Confirm(number: number): number;
}

/** Whom a message is for, as plain data. Members are meant by their numbers. */
export type Address =
  | { readonly to: 'all' | 'others' | 'caller' }
  | { readonly to: 'allExcept' | 'member' | 'members'; readonly members: readonly number[] }
  | {
      readonly to: 'groups' | 'groupExcept' | 'othersInGroup';
      readonly groups: readonly string[];
      readonly not: number;
    }
  | { readonly to: 'user'; readonly user: string };

export const GROUPS = ['red', 'blue', 'green'] as const;
export const USERS = ['ann', 'bob'] as const;

export const group = fc.constantFrom(...GROUPS);
const members = fc.array(fc.nat(5), { minLength: 1, maxLength: 2 });
const groups = fc.subarray([...GROUPS], { minLength: 1, maxLength: 2 });

/** What a hub context, which has no caller, can address. */
export const contextAddress: fc.Arbitrary<Address> = fc.oneof(
  fc.record({ to: fc.constant('all' as const) }),
  fc.record({ to: fc.constantFrom('allExcept' as const, 'member' as const, 'members' as const), members }),
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
  return ['caller', 'member', 'members', 'user'].includes(address.to) ? 'whisper' : 'broadcast';
}

/** The same address with the numbers that its members really have, so that it means them even when more have come. */
export function fixed(address: Address, count: number): Address {
  if ('members' in address) return { ...address, members: address.members.map((number) => number % count) };
  return 'not' in address ? { ...address, not: address.not % count } : address;
}

/** The library's own words for an address. `ids`: the connection ids of the members, in their order. */
export function receivers(
  clients: HubClients<WorldClient> | CallerClients<WorldClient>,
  address: Address,
  ids: readonly string[],
): Receivers<WorldClient> {
  const id = (member: number) => ids[member] as string;
  const caller = clients as CallerClients<WorldClient>;
  switch (address.to) {
    case 'all':
    case 'others':
    case 'caller':
      return caller[address.to];
    case 'allExcept':
      return clients.allExcept(address.members.map(id));
    case 'member':
      return clients.client(id(address.members[0] as number));
    case 'members':
      return clients.clients(address.members.map(id));
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

/** What the model knows of a member. */
export interface Addressable {
  readonly key: number;
  readonly user: string;
  readonly isReachable: boolean;
  readonly groups: ReadonlySet<string>;
}

/** Who gets a message with this address now, according to the model: a member of two groups gets it for each. */
export function meant<M extends Addressable>(address: Address, from: M | undefined, everybody: readonly M[]): M[] {
  const reachable = everybody.filter((member) => member.isReachable);
  switch (address.to) {
    case 'all':
      return reachable;
    case 'others':
      return reachable.filter((member) => member !== from);
    case 'caller':
      return reachable.filter((member) => member === from);
    case 'allExcept':
      return reachable.filter((member) => !address.members.includes(member.key));
    case 'member':
      return reachable.filter((member) => member.key === address.members[0]);
    case 'members':
      return reachable.filter((member) => address.members.includes(member.key));
    case 'groups':
      return address.groups.flatMap((name) => reachable.filter((member) => member.groups.has(name)));
    case 'groupExcept':
      return reachable.filter((member) => member.groups.has(address.groups[0] as string) && member.key !== address.not);
    case 'othersInGroup':
      return reachable.filter((member) => member.groups.has(address.groups[0] as string) && member !== from);
    case 'user':
      return reachable.filter((member) => member.user === address.user);
  }
}
