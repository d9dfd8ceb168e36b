// Callers are let in, and stay, as long as their credentials are good: over real sockets, on a simulated clock.
import fc from 'fast-check';
import { expect } from 'vitest';
import { property } from '../support/property.ts';
import { CredentialHistory, type Step } from './credential-history.ts';
import { CredentialSite } from './credential-site.ts';

const any = fc.nat(1_000);
const isSlow = fc.boolean();
const where = fc.constantFrom('here' as const, 'elsewhere' as const);
const sometimesSlow = fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 2, arbitrary: isSlow });

/** Each step names credentials and connections by numbers, which are taken modulo those that there are. */
const connects = fc.record({
  does: fc.constant('connect' as const),
  over: fc.constantFrom('WebSockets' as const, 'ServerSentEvents' as const, 'LongPolling' as const),
  credential: any,
  isSlow: sometimesSlow,
});
const shows = fc.record({
  does: fc.constant('show' as const),
  connection: any,
  credential: any,
  isSlow: sometimesSlow,
  /** Over Long Polling: with a poll, which may stay to wait for messages. */
  polls: fc.boolean(),
  waits: fc.boolean(),
});
const leaves = fc.record({ does: fc.constant('leave' as const), connection: any });
const returns = fc.record({ does: fc.constant('return' as const), connection: any, credential: any, isSlow });
const answers = fc.record({ does: fc.constant('answer' as const), which: any });
const passes = fc.record({ does: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 2_500 }) });
const issues = fc.record({
  does: fc.constant('issue' as const),
  user: fc.nat(1),
  isDated: fc.boolean(),
  lifetimeMs: fc.option(fc.integer({ min: 100, max: 6_000 }), { nil: undefined }),
});
const makesKey = fc.record({
  does: fc.constant('make key' as const),
  user: fc.nat(1),
  lifetimeMs: fc.option(fc.integer({ min: 1_000, max: 8_000 }), { nil: undefined }),
});
const revokes = fc.record({ does: fc.constant('revoke' as const), credential: any, where });
const revokesUser = fc.record({ does: fc.constant('revoke user' as const), user: fc.nat(1), where });
const revokesKey = fc.record({ does: fc.constant('revoke key' as const), key: any, where });
const rotates = fc.record({
  does: fc.constant('rotate' as const),
  key: any,
  where,
  overlapMs: fc.constantFrom(0, 700, 3_000),
});

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: connects },
    { weight: 6, arbitrary: shows },
    { weight: 2, arbitrary: leaves },
    { weight: 3, arbitrary: returns },
    { weight: 4, arbitrary: answers },
    { weight: 5, arbitrary: passes },
    { weight: 2, arbitrary: issues },
    { weight: 1, arbitrary: makesKey },
    { weight: 2, arbitrary: revokes },
    { weight: 1, arbitrary: revokesUser },
    { weight: 2, arbitrary: revokesKey },
    { weight: 2, arbitrary: rotates },
  ),
  { minLength: 15, maxLength: 40, size: 'max' },
);

/**
 * What is rare otherwise. At the beginning there are, of the first user, twice: a key, a token for three seconds, and one
 * without an end.
 */
const refreshed = { does: 'show', connection: 0, polls: false, waits: false } as const;
const begun = { does: 'connect', over: 'WebSockets', isSlow: false } as const;
const later = { does: 'pass', ms: 2_500 } as const;
const examples: [Step[]][] = [
  [
    [
      { ...begun, credential: 0 },
      { ...refreshed, credential: 1, isSlow: true },
      { ...refreshed, credential: 5, isSlow: false },
      { does: 'answer', which: 0 },
      later,
      later,
    ],
  ],
  [[{ ...begun, credential: 1, isSlow: true }, later, later, { does: 'answer', which: 0 }]],
  [
    [
      { ...begun, credential: 0 },
      { does: 'leave', connection: 0 },
      { does: 'revoke key', key: 0, where: 'elsewhere' },
      later,
    ],
  ],
  [
    [
      { ...begun, credential: 0 },
      { ...begun, credential: 0, over: 'LongPolling' },
      { does: 'rotate', key: 0, where: 'here', overlapMs: 700 },
      later,
      { ...begun, credential: 9 },
      later,
    ],
  ],
  [[{ ...begun, credential: 1, over: 'LongPolling' }, later, later]],
  [
    [
      { does: 'make key', user: 0, lifetimeMs: 3_000 },
      { ...begun, credential: 9 },
      later,
      later,
      { ...begun, credential: 9 },
    ],
  ],
  [[{ ...begun, credential: 5 }, { does: 'revoke', credential: 5, where: 'elsewhere' }, later]],
  [
    [
      { does: 'revoke', credential: 5, where: 'here' },
      { ...begun, credential: 5 },
    ],
  ],
  [
    [
      { does: 'revoke user', user: 0, where: 'here' },
      { does: 'pass', ms: 1 },
      { does: 'issue', user: 0, isDated: true, lifetimeMs: undefined },
      { ...begun, credential: 9 },
    ],
  ],
  [
    [
      { ...begun, credential: 1, over: 'LongPolling' },
      { ...refreshed, credential: 5, isSlow: false, polls: true },
      later,
      later,
    ],
  ],
  [
    [
      { ...begun, credential: 1 },
      { does: 'leave', connection: 0 },
      { does: 'return', connection: 0, credential: 5, isSlow: false },
      later,
      later,
    ],
  ],
];

let site: CredentialSite | undefined;

property(
  'nobody is let in, or stays for more than two seconds, whose credential is not good, and nobody else is put out',
  [steps],
  {
    runs: 60,
    examples,
    sometimes: [
      'ends with what expires',
      'ends with what is revoked here',
      'ends with what is ended in the store',
      'ends while it is away',
      'lives on with another credential',
      'an earlier request is overtaken',
      'is refused',
      'is over before authenticate answers',
    ],
  },
  async (todo, reached) => {
    if (site === undefined) {
      site = new CredentialSite();
      await site.start();
    }
    const history = new CredentialHistory(site, reached);
    await history.begin();
    for (const step of todo) await history.take(step);
    await history.end();
    expect(history.faults).toEqual([]);
  },
);
