import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { requestText, upgradeRequest } from '../support/raw-http.ts';
import { HealthyClient, Victim } from './victim.ts';

/** Time limit for headers (docs/decisions/0006-http-limits.md), and the delay until it is noticed. */
const HEADERS_MS = 10_000;
const LATER_MS = 15_000;
const SOCKETS = 500;
/** Pause before each byte. It is not slow from the beginning. */
const BYTE_MS = 500;

/** Sends a text byte by byte until the server ends the connection. @returns the answer and the time that it took. */
async function sendByteByByte(port: number, text: string) {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const began = performance.now();
  let answer = '';
  let isOver = false;
  const over = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket
      .on('error', () => {})
      .on('close', () => {
        isOver = true;
        resolve();
      });
  });
  for (let at = 0; at < text.length && !isOver; at++) {
    socket.write(text[at] ?? '');
    await Promise.race([setTimeout(BYTE_MS), over]);
  }
  await over;
  return { status: answer.split('\r\n')[0], ms: performance.now() - began };
}

test(`${SOCKETS} sockets whose headers come byte by byte are answered with 408, and nobody else waits`, async () => {
  const victim = new Victim();
  const { port } = await victim.ask('listen');
  const healthy = await HealthyClient.at(port);
  const requests = [upgradeRequest('/hub'), requestText('POST', '/hub/negotiate?negotiateVersion=1')];
  const outcomes = await Promise.all(
    Array.from({ length: SOCKETS }, (_, n) => sendByteByByte(port, requests[n % requests.length] ?? '')),
  );
  for (const { status, ms } of outcomes) {
    expect(status).toBe('HTTP/1.1 408 Request Timeout');
    expect(ms).toBeGreaterThan(HEADERS_MS - 1_000);
    expect(ms).toBeLessThan(HEADERS_MS + LATER_MS);
  }
  const { isGone, longestMs, answers } = await healthy.ask('measurements');
  expect(isGone).toBe(false);
  expect(answers).toBeGreaterThan(100);
  expect(longestMs).toBeLessThan(2_000);
  expect(await victim.ask('connections')).toBe(1);
});
