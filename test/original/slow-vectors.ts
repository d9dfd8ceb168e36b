// The transcripts that take 13 to 20 seconds each: side by side and in real time, because nobody moves the clock of the original.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { playHttp } from '../conformance/http-player.ts';
import type { HttpStep, HttpVector } from '../conformance/http-vectors.ts';
import type { ConformanceServer } from '../conformance/server.ts';
import { realTime } from '../conformance/time.ts';
import { readVectors } from '../conformance/vectors.ts';
import { startServer } from './server.ts';

/** Of these there is one, and it waits for 90 seconds. */
const TOO_SLOW = 'default poll timeout';

const vectors = (readVectors<HttpStep>('http/timing') as readonly HttpVector[]).filter(({ name }) => name !== TOO_SLOW);

let server: ConformanceServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

test('all of them but one', () => {
  expect(vectors.filter(({ slow }) => slow)).toHaveLength(6);
});

for (const vector of vectors) {
  test.concurrent(vector.name, () => playHttp(vector, server.port, realTime));
}
