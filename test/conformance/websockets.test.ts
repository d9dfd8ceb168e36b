import { describe, test } from 'vitest';
import { ABOUT_JSON, ABOUT_MESSAGES } from './counts.ts';
import { differences } from './differences.ts';
import { play } from './player.ts';
import { isOf, testCounts, testEach, testServer, transcriptsIn } from './transcripts.ts';
import type { Step } from './vectors.ts';

const all = transcriptsIn<Step>('ws', differences);
testCounts(all, { ...ABOUT_JSON, ...ABOUT_MESSAGES }, Object.keys(differences));

// Stateful reconnect has a test file of its own.
const played = all.filter(({ file }) => file !== 'stateful-reconnect');
const isTimed = isOf('fast');
const server = testServer();

// One after the other: "all" means all connections of the server.
testEach(
  played.filter((one) => !isTimed(one)),
  (vector) => play(vector, server.port),
);

// These take seconds, and none of them reaches other connections.
describe('timeouts and pings', () => {
  testEach(played.filter(isTimed), (vector) => play(vector, server.port), test.concurrent);
});
