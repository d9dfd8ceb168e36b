import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { MemoryBackplane } from '../../src/backplane/memory.ts';
import { RedisBackplane } from '../../src/backplane/redis.ts';
import { systemClock } from '../../src/clock.ts';
import { backplaneContract } from '../../src/testing/backplane-contract.ts';
import type { BackplanePlace } from '../../src/testing/backplane-test.ts';
import { logsContract } from '../../src/testing/logs-contract.ts';
import { presenceContract } from '../../src/testing/presence-contract.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts';
import { SimulatedBackplane } from '../support/simulated-backplane.ts';
import { SimulatedExchange } from '../support/simulated-exchange.ts';

const TICK_MS = 5;

const redis: RedisServer | undefined = hasRedis ? await startRedis() : undefined;
afterAll(() => redis?.stop());
let places = 0;

function memoryPlace(): BackplanePlace {
  places += 1;
  const [name, clock] = [`place-${places}`, new SimulatedClock()];
  return {
    make: () => new MemoryBackplane(name, clock),
    tick: async () => {
      clock.increment(TICK_MS);
      await setTimeout(0);
    },
  };
}

function redisPlace(): BackplanePlace {
  places += 1;
  const prefix = `place-${places}`;
  return {
    make: () => new RedisBackplane(redis?.url ?? '', { clock: systemClock, prefix }),
    // Time of Redis cannot be simulated.
    tick: () => setTimeout(TICK_MS),
  };
}

/** That of tests over several nodes. */
function simulatedPlace(): BackplanePlace {
  const clock = new SimulatedClock();
  const exchange = new SimulatedExchange(clock);
  return {
    make: () => new SimulatedBackplane(exchange, clock, setImmediate),
    tick: async () => {
      clock.increment(TICK_MS);
      await setTimeout(0);
    },
  };
}

/** Implementations of the port. Add a new one here; each has to pass the same tests. */
const BACKPLANES: Readonly<Record<string, () => BackplanePlace>> = {
  memory: memoryPlace,
  redis: redisPlace,
  simulated: simulatedPlace,
};

for (const [kind, placeOf] of Object.entries(BACKPLANES)) {
  describe.runIf(kind !== 'redis' || hasRedis)(`a backplane of the kind ${kind}`, () => {
    backplaneContract({ test, expect }, placeOf);
    logsContract({ test, expect }, placeOf);
  });

  describe.runIf(kind !== 'redis' || hasRedis)(`presence in a backplane of the kind ${kind}`, () => {
    presenceContract({ test, expect }, placeOf);
  });
}
