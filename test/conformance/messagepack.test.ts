import { describe, expect, test } from 'vitest';
import { ABOUT_MESSAGES } from './counts.ts';
import { isTranslatable, messagePack } from './dialect.ts';
import { differences } from './differences.ts';
import { fatalInMessagePack, messagePackDifferences } from './messagepack-differences.ts';
import { play } from './player.ts';
import { isOf, isSlow, testCounts, testEach, testServer, testServers, transcriptsIn } from './transcripts.ts';
import { readVectors, type Step, type Vector } from './vectors.ts';

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

/** The recorded steps of transcripts that have other values in MessagePack than in JSON. */
const recorded = new Map(readVectors<Step>('messagepack').map(({ name, steps }) => [name, steps]));

test('every form in MessagePack, and every difference from one, belongs to a vector', () => {
  const keys = new Set(played.map(({ key }) => key));
  expect([...recorded.keys(), ...fatalInMessagePack].filter((key) => !keys.has(key))).toEqual([]);
  expect(Object.keys(messagePackDifferences).filter((key) => !recorded.has(key))).toEqual([]);
});

/** A transcript with its recorded form in MessagePack, where it has one and we do not differ. */
function inMessagePack(one: (typeof played)[number]): typeof one {
  const steps = one.key in messagePackDifferences ? undefined : recorded.get(one.key);
  return steps === undefined ? one : { ...one, vector: { ...one.vector, steps } };
}

const forms = played.filter(({ key }) => !fatalInMessagePack.includes(key)).map(inMessagePack);
const playForm = (vector: Vector, port: number) => play(vector, port, messagePack);
const BOTH_PROTOCOLS = { protocols: ['json', 'messagepack'] } as const;
const servers = testServers(BOTH_PROTOCOLS);

testEach(
  forms.filter((one) => !isTimed(one)),
  (vector) => servers.use((port) => playForm(vector, port)),
  test.concurrent,
);

describe('timeouts and pings', () => {
  const server = testServer(BOTH_PROTOCOLS);
  testEach(forms.filter(isTimed), (vector) => playForm(vector, server.port), test.concurrent);
});
