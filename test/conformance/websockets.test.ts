import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differences } from './differences.ts';
import { play } from './player.ts';
import { type ConformanceServer, startServer } from './server.ts';
import { isLeftOut, readVectors, type Step, type Vector } from './vectors.ts';

/** How many vectors of each file are played, so that none vanishes unnoticed, and how many wait for streams. */
const FILES = {
  handshake: { played: 43, leftOut: 0 },
  invocations: { played: 78, leftOut: 0 },
  errors: { played: 15, leftOut: 0 },
  framing: { played: 51, leftOut: 0 },
  sizes: { played: 9, leftOut: 0 },
  close: { played: 17, leftOut: 3 },
  connect: { played: 11, leftOut: 2 },
  addressing: { played: 29, leftOut: 0 },
  concurrency: { played: 8, leftOut: 7 },
  authorization: { played: 6, leftOut: 0 },
  pings: { played: 11, leftOut: 0 },
};

const recorded = Object.keys(FILES).map((file) => ({ file, vectors: readVectors<Step>(`ws/${file}`) }));
const played = recorded.flatMap(({ file, vectors }) =>
  vectors.filter((vector) => !isLeftOut(vector)).map((vector) => ({ key: `${file}: ${vector.name}`, vector })),
);

let server: ConformanceServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

test('as many vectors as there are in the files, and no difference without its vector', () => {
  const counts = recorded.map(({ file, vectors }) => {
    const leftOut = vectors.filter(isLeftOut).length;
    return [file, { played: vectors.length - leftOut, leftOut }];
  });
  expect(Object.fromEntries(counts)).toEqual(FILES);
  expect(new Set(played.map(({ key }) => key)).size, 'names').toBe(played.length);
  expect(Object.keys(differences).filter((key) => !played.some((one) => one.key === key))).toEqual([]);
});

function testOf(key: string, vector: Vector, define: typeof test | typeof test.concurrent): void {
  const difference = differences[key];
  define(key, () => play({ ...vector, steps: difference?.steps ?? vector.steps }, server.port));
}

// One after the other: "all" means all connections of the server.
for (const { key, vector } of played) if (vector.hub !== 'fast') testOf(key, vector, test);

// These wait for seconds, and none of them looks beyond its own connection.
describe('timeouts and pings', () => {
  for (const { key, vector } of played) if (vector.hub === 'fast') testOf(key, vector, test.concurrent);
});
