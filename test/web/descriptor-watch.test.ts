import { describe, expect, test } from 'vitest';
import { LogLimit } from '../../src/log-limit.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { DescriptorWatch } from '../../src/web/descriptor-watch.ts';
import { CollectedLog } from '../support/collected-log.ts';

/** A watch, the number of its looks so far, and what the next look will find. */
function watching() {
  const clock = new SimulatedClock();
  const log = new CollectedLog();
  const limit = new LogLimit(clock);
  const rig = {
    clock,
    log,
    looks: 0,
    found: undefined as string | undefined,
    texts: () => log.lines.map(({ level, text }) => `${level}: ${text.split(':')[0]}`),
  };
  const watch = new DescriptorWatch(clock, limit.over(log), (done) => {
    rig.looks += 1;
    done(rig.found);
  });
  return Object.assign(rig, { watch });
}

const NONE_LEFT = 'error: no file descriptors are left';
const SOME_AGAIN = 'warn: there are file descriptors again';

describe('a watch of descriptors', () => {
  test('looks once after many connections, and never without one', () => {
    const rig = watching();
    rig.clock.increment(60_000);
    expect(rig.looks).toBe(0);
    for (let count = 0; count < 100; count++) rig.watch.connected();
    rig.clock.increment(60_000);
    expect([rig.texts(), rig.looks, rig.clock.pending]).toEqual([[], 1, 0]);
  });

  test.each(['EMFILE', 'ENFILE'])('tells %s once, and when it is over', (code) => {
    const rig = watching();
    rig.found = code;
    rig.watch.connected();
    rig.clock.increment(1_000);
    expect(rig.texts()).toEqual([NONE_LEFT]);
    expect(rig.log.lines[0]?.data).toEqual({ code });
    rig.clock.increment(10_000);
    rig.watch.connected();
    expect([rig.texts(), rig.looks]).toEqual([[NONE_LEFT], 11]);
    rig.found = undefined;
    rig.clock.increment(10_000);
    expect([rig.texts(), rig.looks]).toEqual([[NONE_LEFT, SOME_AGAIN], 12]);
    expect(rig.log.lines[1]?.data).toEqual({ durationMs: 11_000 });
  });

  test('looks again when a connection has come during a look, which may have taken the last one', () => {
    const clock = new SimulatedClock();
    const log = new CollectedLog();
    const looks: ((code: string | undefined) => void)[] = [];
    const watch = new DescriptorWatch(clock, new LogLimit(clock).over(log), (done) => looks.push(done));
    watch.connected();
    clock.increment(1_000);
    watch.connected();
    looks[0]?.(undefined);
    clock.increment(1_000);
    expect(looks).toHaveLength(2);
    looks[1]?.('EMFILE');
    expect(log.lines).toHaveLength(1);
    watch.dispose();
  });

  test('says nothing about other faults, such as a system without a null device', () => {
    const rig = watching();
    rig.found = 'EACCES';
    rig.watch.connected();
    rig.clock.increment(10_000);
    expect([rig.texts(), rig.looks]).toEqual([[], 1]);
  });

  test('looks no more after its server has closed', () => {
    const rig = watching();
    rig.found = 'EMFILE';
    rig.watch.connected();
    rig.clock.increment(1_000);
    rig.watch.dispose();
    rig.watch.connected();
    rig.clock.increment(10_000);
    expect([rig.looks, rig.clock.pending]).toEqual([1, 0]);
  });
});
