// A correct client in a process of its own: it calls Echo, waits for the answer, and calls again after a pause.
import { setTimeout } from 'node:timers/promises';
import { answerRequests } from '../support/answering-process.ts';
import { RawClient } from '../support/raw-client.ts';

export interface HealthyClientRequests {
  /** Answered when the server has answered the first call. */
  begin: null;
  /** Measurements since the last request for them. A call that still runs counts with its duration so far. */
  measurements: Measurements;
}

/** Treatment of a correct client by the server. */
export interface Measurements {
  readonly answers: number;
  /** The longest wait for an answer, in milliseconds. */
  readonly longestMs: number;
  /** Whether its connection has ended. */
  readonly isGone: boolean;
}

const PAUSE_MS = 10;
const port = Number(process.argv[2]);
let answers = 0;
let longestMs = 0;
let calledAt: number | undefined;
let isGone = false;

async function callOn(client: RawClient): Promise<void> {
  while (!isGone) {
    calledAt = performance.now();
    await client.invoke('Echo', 'hello');
    longestMs = Math.max(longestMs, performance.now() - calledAt);
    calledAt = undefined;
    answers += 1;
    await setTimeout(PAUSE_MS);
  }
}

answerRequests<HealthyClientRequests>({
  async begin() {
    const client = await RawClient.open(port);
    void client.ended.then(() => {
      isGone = true;
    });
    await client.invoke('Echo', 'hello');
    void callOn(client);
    return null;
  },
  measurements() {
    const waitingMs = calledAt === undefined ? 0 : performance.now() - calledAt;
    const measurements = { answers, longestMs: Math.max(longestMs, waitingMs), isGone };
    answers = 0;
    longestMs = 0;
    return measurements;
  },
});
