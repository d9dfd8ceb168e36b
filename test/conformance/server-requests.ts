// Requests of a vector to the server outside its connections: plain HTTP, the list of events, tokens.
import { request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { normalEvents } from './agreement.ts';
import type { Bindings } from './bindings.ts';
import { type Answer, plainHeaders, readBody } from './connection.ts';
import type { Freedom } from './vectors.ts';

const EVENTS_PATIENCE_MS = 4_000;

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends the headers exactly as given and adds none. It uses no pool and no `fetch`. */
export function ask(port: number, { method, path, headers, body = '' }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
    sent.once('error', reject);
    sent.once('response', async (response) => {
      const status = response.statusCode ?? 0;
      resolve({ status, headers: plainHeaders(response), body: await readBody(response) });
    });
    // The upgrade itself is not used: the status shows a server that upgrades here.
    sent.once('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: plainHeaders(response), body: '' });
    });
    sent.end(body);
  });
}

/** Events that the hubs recorded for this connection, without the hub's name and the id. */
async function eventsOf(port: number, connectionId: string): Promise<readonly string[]> {
  const { body } = await ask(port, { method: 'GET', path: '/events' });
  return (JSON.parse(body) as string[])
    .filter((line) => line.split(' ').includes(connectionId))
    .map((line) => line.slice(line.indexOf(' ') + 1).replace(`${connectionId} `, ''));
}

export interface ExpectedEvents {
  readonly events?: readonly string[];
  readonly or?: readonly (readonly string[])[];
  readonly anyOrder?: boolean;
  /** Range of the time since a mark, in milliseconds. */
  readonly within?: readonly [min: number, max: number];
}

/** Asks again until the list is an expected one: the hub may learn of an end later than the client. */
export async function expectEvents(
  port: number,
  connectionId: string,
  { events = [], or = [], anyOrder = false, within = [0, 0] }: ExpectedEvents,
  freedom: Freedom,
  what: string,
): Promise<void> {
  const comparable = (lines: readonly string[]) => {
    const free = normalEvents(lines, freedom);
    return JSON.stringify(anyOrder ? free.toSorted() : free);
  };
  const expected = [events, ...or].map((lines) =>
    comparable(lines.map((line) => line.replace('{{id}}', connectionId))),
  );
  const deadline = performance.now() + Math.max(EVENTS_PATIENCE_MS, within[1]);
  let came = comparable(await eventsOf(port, connectionId));
  while (!expected.includes(came) && performance.now() < deadline) {
    await wait(10);
    came = comparable(await eventsOf(port, connectionId));
  }
  if (!expected.includes(came)) expect(came, what).toBe(expected[0]);
}

/**
 * Binds `{{jwt:alice}}`, `{{jwt:alice:role=admin}}`. Tokens are fetched before the first step, so each has one text
 * within a vector.
 */
export async function bindTokens(port: number, vector: object, bindings: Bindings): Promise<void> {
  for (const [, name = '', user] of JSON.stringify(vector).matchAll(/\{\{(jwt:(\w+)[^}]*)\}\}/g)) {
    const query = name.split(':').slice(2).join('&');
    bindings.set(name, (await ask(port, { method: 'GET', path: `/jwt/${user}?${query}` })).body);
  }
}
