// Takes the next thing that a connection received, and reports clearly when it is not the expected one.
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Connection } from './connection.ts';
import type { Incoming } from './inbox.ts';

/**
 * Patience for the end of the socket. A server that has exchanged close frames ends it at once, but the machine may be
 * busy.
 */
const END_PATIENCE_MS = 3_000;
/**
 * The absence of a message is no event. Long enough for an answer on its way; short because every vector waits for it.
 */
const SETTLING_MS = 20;

/** Patience for an Ack. They are sent once a second. */
const ACK_PATIENCE_MS = 2_500;

/** Waits until the last Ack has this number. */
export async function takeAck(connection: Connection, number: number, what: string): Promise<void> {
  const deadline = performance.now() + ACK_PATIENCE_MS;
  while (connection.lastAck !== number && performance.now() < deadline) await wait(10);
  expect(connection.lastAck, what).toBe(number);
}

export async function takeRecord(connection: Connection, what: string): Promise<string> {
  const incoming = await connection.inbox.next();
  if (incoming?.kind !== 'record') throw new Error(`a record was expected, ${describe(incoming)}: ${what}`);
  return incoming.record;
}

/** The close code as the client saw it: 1006 without a close frame. */
export async function takeCloseFrame(connection: Connection, what: string): Promise<{ code: number; reason: string }> {
  const incoming = await connection.inbox.next();
  if (incoming?.kind === 'end of the socket') return { code: 1006, reason: '' };
  if (incoming?.kind === 'close frame') return { code: incoming.code, reason: incoming.reason };
  throw new Error(`a close frame was expected, ${describe(incoming)}: ${what}`);
}

export async function takeEnd(connection: Connection, what: string): Promise<void> {
  const incoming = await connection.inbox.next();
  if (incoming?.kind !== 'end of the socket') throw new Error(`the end was expected, ${describe(incoming)}: ${what}`);
}

export async function takeNothing(connection: Connection, ms: number, what: string): Promise<void> {
  const incoming = await connection.inbox.peek(ms);
  if (incoming !== undefined) throw new Error(`nothing was expected, ${describe(incoming)}: ${what}`);
}

/** Ends a vector: no further message may have arrived, and the server closes the connection in order. */
export async function takeTheRest(connection: Connection): Promise<void> {
  if (connection.silent) return;
  if (!connection.over) {
    await takeNothing(connection, SETTLING_MS, 'after the last step');
    connection.close(1000);
    expect(await takeCloseFrame(connection, 'after the last step')).toEqual({ code: 1000, reason: '' });
  }
  const last = await connection.inbox.peek(connection.ended ? 0 : END_PATIENCE_MS);
  if (last === undefined && !connection.ended) throw new Error('close frames were exchanged, and the socket lives on');
  if (last !== undefined && last.kind !== 'end of the socket') throw new Error(`after the last step ${describe(last)}`);
}

function describe(incoming: Incoming | undefined): string {
  if (incoming === undefined) return 'nothing came';
  const { kind, ...facts } = incoming;
  return `there came ${kind} ${JSON.stringify(facts)}`;
}
