import fc from 'fast-check';
import type { KeptRequest, MembershipStore } from '../../src/storage/membership-store.ts';
import { type Ask, ask, names } from './asked.ts';

const hubs = fc.constantFrom('/a', '/a', '/a', '/b');
const users = fc.constantFrom('ada', 'ada', 'ada', 'Ada', '\u{ff46}', '🚆');
const groups = names;
const moments = fc.integer({ min: 0, max: 40 });
const untils = fc.oneof(fc.constant(null), moments);
const early = fc.integer({ min: 0, max: 12 });
const limits = fc.option(fc.integer({ min: -1, max: 4 }), { nil: undefined });
// None or all: of those that end at the same moment any may be deleted first.
const expireLimits = fc.constantFrom(0, 100);
const bys = fc.constantFrom('n1', 'n2');
const ids = fc.constantFrom('r1', 'r2', '🚆');

const member = { hub: hubs, userId: users, group: groups };
const page = { after: names, limit: limits };
const groupQueries = fc.record({ hub: hubs, userId: users, ...page }, { requiredKeys: ['hub', 'userId'] });
const memberQueries = fc.record({ hub: hubs, group: groups, ...page }, { requiredKeys: ['hub', 'group'] });
const requests = fc.record({ id: ids, by: bys, fingerprint: names, until: moments });

/** Random calls of all methods of a store of memberships. */
export const membershipAsks: fc.Arbitrary<readonly Ask<MembershipStore>[]> = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: ask<MembershipStore>('add', fc.record({ ...member, until: untils }), fc.integer({ min: 0, max: 3 })),
    },
    { weight: 2, arbitrary: ask<MembershipStore>('remove', fc.record(member)) },
    { weight: 1, arbitrary: ask<MembershipStore>('removeAll', hubs, users) },
    { weight: 2, arbitrary: ask<MembershipStore>('find', fc.record(member), moments) },
    { weight: 3, arbitrary: ask<MembershipStore>('groupsOf', groupQueries, moments) },
    { weight: 2, arbitrary: ask<MembershipStore>('groupsOf', fc.record({ hub: hubs, userId: users }), early) },
    { weight: 4, arbitrary: ask<MembershipStore>('members', memberQueries, early) },
    { weight: 6, arbitrary: ask<MembershipStore>('claim', requests, moments) },
    { weight: 3, arbitrary: ask<MembershipStore>('answered', ids, bys, names, fc.integer({ min: 20, max: 60 })) },
    { weight: 2, arbitrary: ask<MembershipStore>('release', ids, bys) },
    { weight: 1, arbitrary: ask<MembershipStore>('expire', early, expireLimits) },
  ),
  { minLength: 20, maxLength: 60, size: 'max' },
);

/** What the answers of a history must show sometimes. */
export const MEMBERSHIP_CASES = ['taken out', 'listed', 'answered', 'of another'] as const;

/** Which of these cases the answers show. */
export function membershipCasesOf(
  asked: readonly Ask<MembershipStore>[],
  answers: readonly unknown[],
): Record<(typeof MEMBERSHIP_CASES)[number], boolean> {
  const of = (method: keyof MembershipStore) =>
    answers.flatMap((answer, n) => (asked[n]?.method === method ? [{ answer, args: asked[n].args }] : []));
  const claims = of('claim').map(({ answer, args }) => ({
    kept: answer as KeptRequest,
    by: (args[0] as KeptRequest).by,
  }));
  return {
    'taken out': of('add').some(({ answer }) => (answer as readonly string[]).length > 0),
    listed: of('groupsOf').some(({ answer }) => (answer as readonly unknown[]).length > 1),
    answered: claims.some(({ kept }) => kept.answer !== null),
    'of another': claims.some(({ kept, by }) => kept.by !== by),
  };
}
