// Clients that read at full speed the messages that a hub sends in one turn, or steadily. They work with any server.
import type { HubConnection } from '@microsoft/signalr';
import { expect } from 'vitest';
import { z } from 'zod';
import { type CloseReason, type HubOptions, method, setupHub } from '../../src/index.ts';
import { callsTo } from './clients.ts';

interface Reader {
  Heard(n: number, ballast: string): void;
}

/** Bursts of one turn: number of messages, and characters of each. */
export const BURSTS = [
  ['1,500 of 100 characters', 1_500, 100],
  ['40 of 30 KB', 40, 30_000],
  ['5,000 of 10 characters', 5_000, 10],
  ['8 MB in pieces of 20 KB', 400, 20_000],
] as const;

/**
 * The same hub as `test/original/app/ReadingHub.cs`. @param ends Collects the reasons for which its connections end.
 */
export function readingHub(ends: CloseReason[] = [], options: HubOptions = {}) {
  return setupHub({ client: {} as Reader }).createHub({
    options,
    onDisconnected: (_hub, reason) => void ends.push(reason),
    methods: {
      /** Sends without awaiting anything. */
      Burst: method([z.int(), z.int()], (hub, count, length) => {
        const ballast = 'x'.repeat(length);
        for (let n = 0; n < count; n++) void hub.clients.caller.send('Heard', n, ballast);
      }),
      Steadily: method([z.int(), z.int(), z.int()], async (hub, from, to, length) => {
        const ballast = 'x'.repeat(length);
        for (let n = from; n < to; n++) await hub.clients.caller.send('Heard', n, ballast);
      }),
    },
  });
}

/** Requests messages for a client, and checks that it gets all of them in order and stays connected. */
export async function reads(client: HubConnection, how: 'Burst' | 'Steadily', count: number, length: number) {
  const heard = callsTo<[number, string]>(client, 'Heard');
  const gone = new Promise<never>((_, reject) => {
    client.onclose((error) => reject(new Error('the client was closed', { cause: error })));
  });
  await Promise.race([client.invoke(how, ...(how === 'Burst' ? [count, length] : [0, count, length])), gone]);
  await Promise.race([heard.until(count), gone]);
  expect(heard.all.map(([n]) => n)).toEqual(Array.from({ length: count }, (_, n) => n));
  expect(heard.all.every(([, ballast]) => ballast.length === length)).toBe(true);
  await Promise.race([client.invoke('Burst', 0, 0), gone]);
  gone.catch(() => {});
}
