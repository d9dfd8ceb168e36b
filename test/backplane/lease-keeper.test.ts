import { describe, expect, test } from 'vitest';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import { BackplaneError, type RenewedLease } from '../../src/backplane/backplane.ts';
import { LeaseKeeper } from '../../src/backplane/link/lease-keeper.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { CollectedLog } from '../support/collected-log.ts';

const MS = 9_000;

class Keeping {
  readonly clock = new SimulatedClock();
  readonly heard: string[] = [];
  renewals = 0;
  outcome: RenewedLease['outcome'] | Error = 'taken';
  readonly keeper = new LeaseKeeper(
    {
      renewLease: async () => {
        this.renewals += 1;
        if (this.outcome instanceof Error) throw this.outcome;
        return { outcome: this.outcome, alive: [] };
      },
      releaseLease: async () => void this.heard.push('released'),
    },
    { nodeId: 'node "1"', bootId: 'boot', ms: MS },
    new TimerWheel(this.clock, new CollectedLog()),
    {
      alive: () => this.heard.push('alive'),
      revived: () => this.heard.push('revived'),
      refused: ({ problem }) => this.heard.push(problem),
      failed: (error) => this.heard.push(String(error)),
    },
  );

  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 100) {
      this.clock.increment(100);
      await this.settle();
    }
  }
}

describe('the lease of a node', () => {
  test('is taken at once when nobody has it', async () => {
    const { keeper, heard } = new Keeping();
    await keeper.take(() => true);
    expect(heard).toEqual(['alive']);
    expect([keeper.isAwaited, keeper.trouble]).toEqual([false, undefined]);
  });

  test('is waited for while an earlier start of the node has it', async () => {
    const keeping = new Keeping();
    keeping.outcome = 'refused';
    let isTaken = false;
    void keeping.keeper
      .take(() => true)
      .then(() => {
        isTaken = true;
      });
    await keeping.pass(MS - 1_000);
    expect([isTaken, keeping.keeper.isAwaited, keeping.renewals]).toEqual([false, true, 3]);
    keeping.outcome = 'taken';
    await keeping.pass(3_200);
    expect([isTaken, keeping.keeper.isAwaited]).toEqual([true, false]);
  });

  test('is not waited for when another node renews it, nor when it is not needed any more', async () => {
    const keeping = new Keeping();
    keeping.outcome = 'refused';
    let refused: unknown;
    keeping.keeper
      .take(() => true)
      .catch((error: unknown) => {
        refused = error;
      });
    await keeping.pass(MS);
    expect(refused).toBeUndefined();
    await keeping.pass(2 * (MS / 3) + 400);
    expect(refused).toBeInstanceOf(BackplaneError);
    expect((refused as BackplaneError).problem).toBe('node-id-taken');
    expect((refused as BackplaneError).message).toContain('nodeId "node \\"1\\""');
    let isNeeded = true;
    const given = keeping.keeper.take(() => isNeeded);
    await keeping.settle();
    isNeeded = false;
    await keeping.pass(MS / 3 + 200);
    await given;
  });

  test('is renewed three times within its duration, and one renewal at a time', async () => {
    const keeping = new Keeping();
    await keeping.keeper.take(() => true);
    keeping.outcome = 'kept';
    for (let beacon = 0; beacon < 30; beacon++) {
      await keeping.pass(300);
      keeping.keeper.keep();
    }
    await keeping.settle();
    expect(keeping.renewals).toBe(4);
    keeping.keeper.renewNow();
    keeping.keeper.renewNow();
    await keeping.settle();
    expect(keeping.renewals).toBe(5);
  });

  test('is sure as long as it holds for the time of a renewal, from the moment at which it was asked for', async () => {
    const keeping = new Keeping();
    expect(keeping.keeper.isSure).toBe(false);
    await keeping.keeper.take(() => true);
    await keeping.pass(2 * (MS / 3) - 100);
    expect(keeping.keeper.isSure).toBe(true);
    await keeping.pass(100);
    expect(keeping.keeper.isSure).toBe(false);
    for (const [outcome, isSure] of [
      [new Error('away'), false],
      ['refused', false],
      ['kept', true],
    ] as const) {
      keeping.outcome = outcome;
      keeping.keeper.renewNow();
      await keeping.settle();
      expect(keeping.keeper.isSure).toBe(isSure);
    }
    // The process was stopped meanwhile.
    keeping.clock.block(MS);
    expect(keeping.keeper.isSure).toBe(false);
  });

  test('tells when it had run out, when another node has it, and when it cannot be renewed', async () => {
    const keeping = new Keeping();
    const renew = async (outcome: Keeping['outcome']) => {
      keeping.heard.length = 0;
      keeping.outcome = outcome;
      keeping.keeper.renewNow();
      await keeping.settle();
      return keeping.heard;
    };
    await keeping.keeper.take(() => true);
    expect(await renew('kept')).toEqual(['alive']);
    expect(await renew('taken')).toEqual(['alive', 'revived']);
    expect(await renew('refused')).toEqual(['alive', 'node-id-taken']);
    expect(await renew(new Error('away'))).toEqual(['Error: away']);
    await keeping.pass(MS);
    expect(keeping.keeper.trouble).toBeUndefined();
    await keeping.pass(400);
    expect(keeping.keeper.trouble?.problem).toBe('unreachable');
    expect(await renew('kept')).toEqual(['alive']);
    expect(keeping.keeper.trouble).toBeUndefined();
  });
});
