// The transcripts that take 13 to 20 seconds each. They run side by side and in real time, because ASP.NET Core SignalR
// has no simulated clock.
import { expect, test } from 'vitest';
import { playHttp } from '../conformance/http-player.ts';
import type { HttpStep } from '../conformance/http-vectors.ts';
import { play } from '../conformance/player.ts';
import { realTime } from '../conformance/time.ts';
import { isSlow, testEach, testServer, transcriptsIn } from '../conformance/transcripts.ts';
import type { Step } from '../conformance/vectors.ts';

/** The only slower transcript. It waits for 90 seconds. */
const TOO_SLOW = 'timing: default poll timeout';

const overHttp = transcriptsIn<HttpStep>('http', {}).filter((one) => isSlow(one) && one.key !== TOO_SLOW);
const overWebSockets = transcriptsIn<Step>('ws', {}).filter(isSlow);
const server = testServer();

test('all of them but one', () => {
  expect([overHttp.length, overWebSockets.length]).toEqual([6, 1]);
});

testEach(overHttp, (vector) => playHttp(vector, server.port, realTime), test.concurrent);
testEach(overWebSockets, (vector) => play(vector, server.port), test.concurrent);
