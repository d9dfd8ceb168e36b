// The transcript of slow-vectors.ts about messages, in MessagePack.
import { expect, test } from 'vitest';
import { isTranslatable, messagePack } from '../conformance/dialect.ts';
import { play } from '../conformance/player.ts';
import { isSlow, testEach, testServer, transcriptsIn } from '../conformance/transcripts.ts';
import type { Step } from '../conformance/vectors.ts';

const played = transcriptsIn<Step>('ws', {}).filter((one) => isSlow(one) && isTranslatable(one.vector));
const server = testServer({ protocols: ['json', 'messagepack'] });

test('there is one', () => {
  expect(played.length).toBe(1);
});

testEach(played, (vector) => play(vector, server.port, messagePack));
