import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSayable, messagePack } from './dialect.ts';
import { differences } from './differences.ts';
import { play } from './player.ts';
import { type ConformanceServer, startServer } from './server.ts';
import { readVectors, type Step, type Vector } from './vectors.ts';

/** How many vectors of each file can be said in MessagePack. The others are about what JSON is, and how long its records are. */
const FILES = {
  invocations: 56,
  errors: 15,
  close: 20,
  connect: 13,
  addressing: 29,
  concurrency: 15,
  'streaming-down': 29,
  'streaming-up': 31,
  'client-results': 23,
  filters: 7,
  authorization: 6,
  pings: 10,
  'stateful-reconnect': 35,
};

/** A second handshake is JSON, and half a record of MessagePack. */
const SECOND_HANDSHAKE = 'stateful-reconnect: a handshake after the reconnect is a record without type';

const played = Object.keys(FILES).flatMap((file) =>
  readVectors<Step>(`ws/${file}`)
    .map((vector) => ({ file, key: `${file}: ${vector.name}`, vector: stepsOfOurs(file, vector) }))
    .filter(({ key, vector }) => isSayable(vector) && !vector.slow && key !== SECOND_HANDSHAKE),
);

function stepsOfOurs(file: string, vector: Vector): Vector {
  return { ...vector, steps: differences[`${file}: ${vector.name}`]?.steps ?? vector.steps };
}

let server: ConformanceServer;
beforeAll(async () => {
  server = await startServer({ protocols: ['json', 'messagepack'] });
});
afterAll(() => server.close());

test('as many vectors as can be said', () => {
  const counts = Object.keys(FILES).map((name) => [name, played.filter(({ file }) => file === name).length]);
  expect(Object.fromEntries(counts)).toEqual(FILES);
});

// One after the other: "all" means all connections of the server.
for (const { key, vector } of played) {
  if (vector.hub !== 'fast') test(key, () => play(vector, server.port, messagePack));
}

describe('timeouts and pings', () => {
  for (const { key, vector } of played) {
    if (vector.hub === 'fast') test.concurrent(key, () => play(vector, server.port, messagePack));
  }
});
