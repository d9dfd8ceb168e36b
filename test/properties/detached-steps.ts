import fc from 'fast-check';
import type { DetachedLimits } from '../../src/connection/stateful-reconnect/detached-limits.ts';
import { turnOfTheLoop } from '../support/memory-server.ts';
import { ACCOUNTS, type DetachedHarness, FREE, type TestDetachedConnection, USERS } from './detached-harness.ts';

export const UNLIMITED: DetachedLimits = {
  limitConnections: 1_000,
  limitBytes: 1_000_000,
  limitConnectionsPerUser: 1_000,
  limitBytesPerUser: 1_000_000,
};

/** A limit that is met often, or a limit that is never met, so that another one is the only limit. */
const upTo = (most: number) => fc.oneof(fc.nat(most), fc.constant(1_000_000));
export const limits = fc.record({
  limitConnections: upTo(6),
  limitBytes: upTo(400),
  limitConnectionsPerUser: upTo(3),
  limitBytesPerUser: upTo(200),
});
const who = fc.constantFrom(...USERS);
const from = fc.constantFrom(...Object.keys(ACCOUNTS));
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ leave: who, from, bytes: fc.oneof(fc.constant(0), fc.nat(100)) }) },
  { weight: 2, arbitrary: fc.record({ grow: fc.nat(5), bytes: fc.nat(150) }) },
  { weight: 2, arbitrary: fc.record({ keep: fc.nat(2), bytes: fc.integer({ min: FREE - 50, max: FREE + 400 }) }) },
  { weight: 2, arbitrary: fc.record({ comeBack: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ goOn: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ leaveAgain: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ pass: fc.nat(9_000) }) },
);
export const steps = fc.array(step, { maxLength: 40, size: 'max' });

type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never;

/** @param look Called after each step, when all its consequences have happened. */
export async function runSteps(harness: DetachedHarness, some: Steps, look: () => void): Promise<void> {
  for (const one of some) {
    if ('leave' in one) harness.leave(one.leave, one.bytes, one.from);
    else if ('keep' in one) harness.present[one.keep]?.keep(one.bytes);
    else if ('pass' in one) harness.clock.increment(one.pass);
    else if ('grow' in one) at(harness.kept, one.grow, (away) => harness.grow(away, one.bytes));
    else if ('comeBack' in one) at(harness.away, one.comeBack, (away) => harness.comeBack(away));
    else if ('goOn' in one) at(harness.kept, one.goOn, (away) => harness.goOn(away));
    else at(harness.kept, one.leaveAgain, (away) => harness.leaveAgain(away));
    await turnOfTheLoop();
    look();
  }
}

/** Applies `act` to one of them, if there is any. */
function at(some: readonly TestDetachedConnection[], index: number, act: (one: TestDetachedConnection) => void): void {
  const one = some[index % Math.max(1, some.length)];
  if (one !== undefined) act(one);
}
