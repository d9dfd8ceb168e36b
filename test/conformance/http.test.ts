import { describe, test } from 'vitest';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { httpDifferences, ownWording } from './http-differences.ts';
import { playHttp } from './http-player.ts';
import type { HttpStep } from './http-vectors.ts';
import { realTime, SimulatedTime } from './time.ts';
import { isOf, isSlow, testCounts, testEach, testServer, testServers, transcriptsIn } from './transcripts.ts';

const FILES = {
  negotiate: 31,
  websocket: 31,
  sse: 41,
  longpolling: 39,
  pinning: 6,
  cors: 7,
  auth: 20,
  details: 14,
  redirect: 4,
  timing: 7,
};

const recorded = transcriptsIn<HttpStep>('http', httpDifferences);
testCounts(recorded, FILES, [...Object.keys(httpDifferences), ...ownWording]);

const played = recorded.map((one) => ({ ...one, vector: { ...one.vector, ownWording: ownWording.includes(one.key) } }));
const inRealTime = played.filter((one) => !isSlow(one));
const isTimed = isOf('fast', 'authstaying', 'authexpiring');

describe('in real time', () => {
  const servers = testServers();
  testEach(
    inRealTime.filter((one) => !isTimed(one)),
    (vector) => servers.use((port) => playHttp(vector, port, realTime)),
    test.concurrent,
  );
  // These take seconds, and none of them reaches other connections.
  describe('side by side', () => {
    const server = testServer();
    testEach(inRealTime.filter(isTimed), (vector) => playHttp(vector, server.port, realTime), test.concurrent);
  });
});

describe('on a clock that is moved by hand', () => {
  const clock = new SimulatedClock();
  const time = new SimulatedTime(clock);
  const server = testServer({ clock }, time);
  testEach(played.filter(isSlow), (vector) => playHttp(vector, server.port, time));
});
