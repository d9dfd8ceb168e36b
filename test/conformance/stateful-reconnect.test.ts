import { describe, test } from 'vitest';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { messagePack } from './dialect.ts';
import { differences } from './differences.ts';
import { play } from './player.ts';
import { SimulatedTime } from './time.ts';
import { isSlow, testEach, testServer, testServers, transcriptsIn } from './transcripts.ts';
import type { Step } from './vectors.ts';

// websockets.test.ts checks the number of transcripts.
const played = transcriptsIn<Step>('ws', differences).filter(({ file }) => file === 'stateful-reconnect');
const inRealTime = played.filter((one) => !isSlow(one));
const servers = testServers();

testEach(inRealTime, (vector) => servers.use((port) => play(vector, port)), test.concurrent);

describe('on a clock that is moved by hand', () => {
  const clock = new SimulatedClock();
  const time = new SimulatedTime(clock);
  const other = testServer({ clock, protocols: ['json', 'messagepack'] }, time);
  const slow = played.filter(isSlow);
  testEach(slow, (vector) => play(vector, other.port, undefined, time));
  describe('in MessagePack', () => testEach(slow, (vector) => play(vector, other.port, messagePack, time)));
});
