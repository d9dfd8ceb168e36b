import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import type { AddressObserver } from '../../src/routing/address-observer.ts';
import { Connections, type Recipient } from '../../src/routing/connections.ts';
import { Memberships } from '../../src/routing/memberships.ts';
import { property } from '../support/property.ts';

const USERS = [undefined, 'ann', 'bob'];
const GROUPS = ['red', 'blue', 'green'];
/** Connections as the two parts see them: an id, a user, and a protocol. */
const RECIPIENTS = Array.from({ length: 6 }, (_, at) => {
  return { connectionId: `${at}`, userId: USERS[at % 3], lane: { codec: jsonCodec } } as Recipient;
});

/** What exists, by what the observer was told. It fails when something is added twice, or removed without being there. */
class Observed implements AddressObserver {
  readonly there = new Set<string>();
  groupAdded = (name: string): void => this.#add(`group ${name}`);
  groupRemoved = (name: string): void => this.#remove(`group ${name}`);
  userAdded = (id: string): void => this.#add(`user ${id}`);
  userRemoved = (id: string): void => this.#remove(`user ${id}`);
  hubAdded = (): void => this.#add('hub');
  hubRemoved = (): void => this.#remove('hub');

  #add(address: string): void {
    if (this.there.has(address)) throw new Error(`${address} is there already.`);
    this.there.add(address);
  }
  #remove(address: string): void {
    if (!this.there.delete(address)) throw new Error(`${address} is not there.`);
  }
}

const who = fc.nat(RECIPIENTS.length - 1);
const group = fc.constantFrom(...GROUPS);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant('add' as const), who }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('remove' as const), who }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('join' as const), who, group }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('leave' as const), who, group }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('leaveAll' as const), who }) },
);

describe('an observer of addresses', () => {
  property(
    'hears of each before it has its first connection, and when it has lost its last one',
    [fc.array(step, { maxLength: 60, size: 'max' })],
    {
      runs: 300,
      sometimes: ['a group goes', 'a connection is in as many groups as it may be', 'the hub is empty again'],
    },
    (steps, reached) => {
      const observed = new Observed();
      const connections = new Connections(observed);
      const memberships = new Memberships({ maximumGroupsPerConnection: 2, maximumGroupNameBytes: 100 }, observed);
      const here = new Set<Recipient>();
      for (const one of steps) {
        const recipient = RECIPIENTS[one.who] as Recipient;
        if (one.does === 'add' && !here.has(recipient)) {
          here.add(recipient);
          connections.add(recipient);
        } else if (one.does === 'remove') {
          reached('the hub is empty again', here.delete(recipient) && here.size === 0);
          connections.remove(recipient);
        } else if (one.does === 'join') {
          try {
            memberships.join(recipient, one.group);
          } catch (error) {
            if (!(error instanceof HubError)) throw error;
            reached('a connection is in as many groups as it may be');
          }
        } else if (one.does === 'leave') {
          const wasThere = observed.there.has(`group ${one.group}`);
          memberships.leave(recipient, one.group);
          reached('a group goes', wasThere && !observed.there.has(`group ${one.group}`));
        } else if (one.does === 'leaveAll') memberships.leaveAll(recipient);
        const users = new Set([...here].flatMap(({ userId }) => (userId === undefined ? [] : [`user ${userId}`])));
        const groups = GROUPS.filter((name) => memberships.members(name).size > 0).map((name) => `group ${name}`);
        expect(observed.there).toEqual(new Set([...(here.size > 0 ? ['hub'] : []), ...users, ...groups]));
      }
    },
  );
});
