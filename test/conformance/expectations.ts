// Taking the next thing that came over a connection, and saying plainly when it is another one.
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Connection } from './connection.ts';
import type { Incoming } from './inbox.ts';

/** A server that has exchanged close frames ends the socket at once; this is patience with a busy machine. */
const END_PATIENCE_MS = 3_000;
/** That nothing comes is no event: long enough for an answer that is on its way, short because every vector pays it. */
const SETTLING_MS = 20;

/** Acks come once a second. */
const ACK_PATIENCE_MS = 2_500;

/** The last Ack says this by now, or soon. */
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

/** How the client saw the end: 1006 without a close frame. */
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

/** After the last step: nothing more may have come, and the server lets the client go properly. */
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
