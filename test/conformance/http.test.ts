import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { httpDifferences, ownWording } from './http-differences.ts';
import { playHttp } from './http-player.ts';
import { type HttpStep, type HttpVector, isHttpLeftOut } from './http-vectors.ts';
import { type ConformanceServer, startServer } from './server.ts';
import { MovedTime, realTime, type Time } from './time.ts';
import { readVectors } from './vectors.ts';

/** How many vectors of each file are played, and how many wait for other hubs or options. */
const FILES = {
  negotiate: { played: 30, leftOut: 1 },
  websocket: { played: 31, leftOut: 0 },
  sse: { played: 41, leftOut: 0 },
  longpolling: { played: 39, leftOut: 0 },
  pinning: { played: 6, leftOut: 0 },
  cors: { played: 7, leftOut: 0 },
  auth: { played: 18, leftOut: 2 },
  details: { played: 14, leftOut: 0 },
  redirect: { played: 2, leftOut: 2 },
  timing: { played: 7, leftOut: 0 },
};

const recorded = Object.keys(FILES).map((file) => ({
  file,
  vectors: readVectors<HttpStep>(`http/${file}`) as readonly HttpVector[],
}));
const played = recorded.flatMap(({ file, vectors }) =>
  vectors.filter((vector) => !isHttpLeftOut(vector)).map((vector) => ({ key: `${file}: ${vector.name}`, vector })),
);

test('as many vectors as there are in the files, and no difference without its vector', () => {
  const counts = recorded.map(({ file, vectors }) => {
    const leftOut = vectors.filter(isHttpLeftOut).length;
    return [file, { played: vectors.length - leftOut, leftOut }];
  });
  expect(Object.fromEntries(counts)).toEqual(FILES);
  const named = [...Object.keys(httpDifferences), ...ownWording];
  expect(named.filter((key) => !played.some((one) => one.key === key))).toEqual([]);
});

function playAll(isSlow: boolean, clock: SimulatedClock | undefined, time: Time): void {
  let server: ConformanceServer;
  beforeAll(async () => {
    server = await startServer(clock === undefined ? {} : { clock });
  });
  afterAll(() => time.during(server.close()));
  for (const { key, vector } of played) {
    if ((vector.slow ?? false) !== isSlow) continue;
    const steps = httpDifferences[key]?.steps ?? vector.steps;
    test(key, () => playHttp({ ...vector, steps, ownWording: ownWording.includes(key) }, server.port, time));
  }
}

describe('in real time', () => playAll(false, undefined, realTime));

describe('on a clock that is moved by hand', () => {
  const clock = new SimulatedClock();
  playAll(true, clock, new MovedTime(clock));
});
