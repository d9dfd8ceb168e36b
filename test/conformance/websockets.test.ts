import { describe, test } from 'vitest';
import { differences } from './differences.ts';
import { play } from './player.ts';
import { isOf, testCounts, testEach, testServer, transcriptsIn } from './transcripts.ts';
import type { Step } from './vectors.ts';

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

const all = transcriptsIn<Step>('ws', differences);
testCounts(all, FILES, Object.keys(differences));

// Stateful reconnect has a test file of its own.
const played = all.filter(({ file }) => file !== 'stateful-reconnect');
const isTimed = isOf('fast');
const server = testServer();

// One after the other: "all" means all connections of the server.
testEach(
  played.filter((one) => !isTimed(one)),
  (vector) => play(vector, server.port),
);

// These wait for seconds, and none of them looks beyond its own connection.
describe('timeouts and pings', () => {
  testEach(played.filter(isTimed), (vector) => play(vector, server.port), test.concurrent);
});
