import { describe, test } from 'vitest';
import { ABOUT_JSON, ABOUT_MESSAGES } from './counts.ts';
import { differences } from './differences.ts';
import { play } from './player.ts';
import { isOf, testCounts, testEach, testServer, testServers, transcriptsIn } from './transcripts.ts';
import type { Step } from './vectors.ts';

const all = transcriptsIn<Step>('ws', differences);
testCounts(all, { ...ABOUT_JSON, ...ABOUT_MESSAGES }, Object.keys(differences));

// Stateful reconnect has a test file of its own.
const played = all.filter(({ file }) => file !== 'stateful-reconnect');
const isTimed = isOf('fast');
const servers = testServers();

testEach(
  played.filter((one) => !isTimed(one)),
  (vector) => servers.use((port) => play(vector, port)),
  test.concurrent,
);

// These take seconds, and none of them reaches other connections.
describe('timeouts and pings', () => {
  const server = testServer();
  testEach(played.filter(isTimed), (vector) => play(vector, server.port), test.concurrent);
});
