import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { Meter } from '../../bench/load/meter.ts';
import { Rounds } from '../../bench/load/rounds.ts';
import { now } from '../../bench/load/stamps.ts';
import { Traffic } from '../../bench/load/traffic.ts';

test.prop([fc.integer({ min: 1, max: 20 }), fc.nat({ max: 100 })])(
  'a round begins when everything of the last one has arrived, and not before',
  (deliveries, arrivals) => {
    let sent = 0;
    const rounds = new Rounds(new Traffic(new Meter(process.pid)), deliveries, () => {
      sent += 1;
    });
    rounds.start();
    for (let arrived = 1; arrived <= arrivals; arrived++) {
      rounds.arrived(now());
      expect(sent).toBe(1 + Math.floor(arrived / deliveries));
    }
  },
);

test('what arrives while traffic warms up is not counted, and everything after that is', async () => {
  let arrived = 0;
  let begun = 0;
  let ended = 0;
  class Watched extends Meter {
    override start() {
      begun = arrived;
      const spent = super.start();
      return () => {
        ended = arrived;
        return spent();
      };
    }
  }
  const traffic = new Traffic(new Watched(process.pid));
  // Continuous traffic: a message in every turn of the event loop.
  const arrive = (): void => {
    traffic.arrived(now());
    arrived += 1;
    next = setImmediate(arrive);
  };
  let next: NodeJS.Immediate | undefined;
  arrive();
  const { deliveries } = await traffic.measure({ warmMs: 5, measureMs: 5 });
  clearImmediate(next);
  expect(begun).toBeGreaterThan(0);
  expect(deliveries).toBe(ended - begun);
});

test.prop([fc.integer({ min: 1, max: 20 }), fc.nat({ max: 60 })])(
  'when rounds are stopped the last one ends, no other begins, and they can be started again',
  async (deliveries, before) => {
    let sent = 0;
    const rounds = new Rounds({ arrived() {} }, deliveries, () => {
      sent += 1;
    });
    rounds.start();
    for (let arrived = 0; arrived < before; arrived++) rounds.arrived(now());
    const begun = sent;
    let hasStopped = false;
    const stopped = rounds.stop().then(() => {
      hasStopped = true;
    });
    for (let missing = deliveries - (before % deliveries); missing > 0; missing--) {
      await Promise.resolve();
      expect(hasStopped).toBe(false);
      rounds.arrived(now());
    }
    await stopped;
    expect(sent).toBe(begun);
    rounds.start();
    expect(sent).toBe(begun + 1);
  },
);
