import { describe, test } from 'vitest';
import { ABOUT_MESSAGES } from './counts.ts';
import { isTranslatable, messagePack } from './dialect.ts';
import { differences } from './differences.ts';
import { play } from './player.ts';
import { isOf, isSlow, testCounts, testEach, testServer, transcriptsIn } from './transcripts.ts';
import type { Step } from './vectors.ts';

/**
 * Number of transcripts of each file. Some files also contain transcripts that only JSON can express, such as a number
 * in place of a text.
 */
const FILES = { ...ABOUT_MESSAGES, invocations: 56, pings: 10, 'stateful-reconnect': 35 };

/** A second handshake is JSON, and half a record of MessagePack. */
const SECOND_HANDSHAKE = 'stateful-reconnect: a handshake after the reconnect is a record without type';

const played = transcriptsIn<Step>('ws', differences).filter(
  (one) => one.file in FILES && isTranslatable(one.vector) && !isSlow(one) && one.key !== SECOND_HANDSHAKE,
);
const isTimed = isOf('fast');
testCounts(played, FILES);
const server = testServer({ protocols: ['json', 'messagepack'] });

// One after the other: "all" means all connections of the server.
testEach(
  played.filter((one) => !isTimed(one)),
  (vector) => play(vector, server.port, messagePack),
);

describe('timeouts and pings', () => {
  testEach(played.filter(isTimed), (vector) => play(vector, server.port, messagePack), test.concurrent);
});
