import { type BackplanePlace, backplaneProblemOf, backplaneTest } from './backplane-test.ts';
import { presenceClaimsContract } from './presence-claims-contract.ts';
import { presenceDeathsContract } from './presence-deaths-contract.ts';
import { HUB } from './presence-place.ts';
import { presenceReadingContract } from './presence-reading-contract.ts';
import type { TestFramework } from './test-framework.ts';

/**
 * Declares the tests that the presence of every backplane has to pass.
 *
 * @param placeOf Makes a place that nobody has used.
 */
export function presenceContract(framework: TestFramework, placeOf: () => BackplanePlace): void {
  const { expect } = framework;
  const test = backplaneTest(framework, placeOf);

  test('answers nothing once it is closed', async (place) => {
    const { backplane } = await place.node();
    await backplane.close();
    const { presence } = backplane;
    const boot = { nodeId: 'a', bootId: 'a1' };
    const calls = [
      presence.enter(HUB, { ...boot, epoch: undefined, newEpoch: 'x', recoveryMs: 1 }),
      presence.leave(HUB, boot),
      presence.write(HUB, 'key', { ...boot, number: 1, graceMs: 1, claim: undefined, told: undefined }),
      presence.markTold(HUB, 'key', boot, 1, undefined),
      presence.overdue(HUB, 1),
      presence.get(HUB, 'key'),
      presence.list(HUB, { prefix: '', after: undefined, limit: 1 }),
      presence.count(HUB, ''),
    ];
    expect(await Promise.all(calls.map(backplaneProblemOf))).toEqual(calls.map(() => 'closed'));
  });

  presenceClaimsContract(framework, placeOf);
  presenceDeathsContract(framework, placeOf);
  presenceReadingContract(framework, placeOf);
}
