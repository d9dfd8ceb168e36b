// Clients that read at full speed the messages that a hub sends in one turn, or steadily. They work with any server, so
// nothing here imports ours.
import type { HubConnection } from '@microsoft/signalr';
import { expect } from 'vitest';
import { Inbox } from './inbox.ts';

/** Bursts of one turn: number of messages, and characters of each. */
export const BURSTS = [
  ['1,500 of 100 characters', 1_500, 100],
  ['40 of 30 KB', 40, 30_000],
  ['5,000 of 10 characters', 5_000, 10],
  ['8 MB in pieces of 20 KB', 400, 20_000],
] as const;

/** Requests messages for a client, and checks that it gets all of them in order and stays connected. */
export async function reads(client: HubConnection, how: 'Burst' | 'Steadily', count: number, length: number) {
  const heard = new Inbox<readonly [number, string]>();
  client.on('Heard', (n: number, ballast: string) => heard.put([n, ballast]));
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
