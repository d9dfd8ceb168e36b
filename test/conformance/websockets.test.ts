import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { differences } from './differences.ts';
import { play } from './player.ts';
import { type ConformanceServer, startServer } from './server.ts';
import { MovedTime } from './time.ts';
import { readVectors, type Step, type Vector } from './vectors.ts';

/** How many vectors each file has, so that none vanishes unnoticed. */
const FILES = {
  handshake: 43,
  invocations: 78,
  errors: 15,
  framing: 51,
  sizes: 9,
  close: 20,
  connect: 13,
  addressing: 29,
  concurrency: 15,
  'streaming-down': 29,
  'streaming-up': 31,
  'client-results': 23,
  filters: 7,
  authorization: 6,
  pings: 11,
  'stateful-reconnect': 37,
};

const recorded = Object.keys(FILES).map((file) => ({ file, vectors: readVectors<Step>(`ws/${file}`) }));
const played = recorded.flatMap(({ file, vectors }) =>
  vectors.map((vector) => ({ key: `${file}: ${vector.name}`, vector })),
);

let server: ConformanceServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

test('as many vectors as there are in the files, and no difference without its vector', () => {
  const counts = recorded.map(({ file, vectors }) => [file, vectors.length]);
  expect(Object.fromEntries(counts)).toEqual(FILES);
  expect(new Set(played.map(({ key }) => key)).size, 'names').toBe(played.length);
  expect(Object.keys(differences).filter((key) => !played.some((one) => one.key === key))).toEqual([]);
});

function testOf(key: string, vector: Vector, define: typeof test | typeof test.concurrent): void {
  const difference = differences[key];
  define(key, () => play({ ...vector, steps: difference?.steps ?? vector.steps }, server.port));
}

// One after the other: "all" means all connections of the server.
for (const { key, vector } of played) if (vector.hub !== 'fast' && !vector.slow) testOf(key, vector, test);

// These wait for seconds, and none of them looks beyond its own connection.
describe('timeouts and pings', () => {
  for (const { key, vector } of played) if (vector.hub === 'fast') testOf(key, vector, test.concurrent);
});

describe('on a clock that is moved by hand', () => {
  const clock = new SimulatedClock();
  const time = new MovedTime(clock);
  let other: ConformanceServer;
  beforeAll(async () => {
    other = await startServer({ clock });
  });
  afterAll(() => time.during(other.close()));
  for (const { key, vector } of played) {
    if (vector.slow) test(key, () => play(vector, other.port, undefined, time));
  }
});
