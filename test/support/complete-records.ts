import { expect } from 'vitest';
import type { Storage } from '../../src/storage/storage.ts';
import { ALONE } from '../../src/testing/session-records.ts';

/** Expects the records of so many clients, each once and with its end, in a storage that is closed. */
export async function expectComplete(storage: Storage, clients: number): Promise<void> {
  await storage.open(ALONE);
  const records = await storage.sessions.list({ limit: 1_000 });
  await storage.close();
  expect(records).toHaveLength(clients);
  expect(new Set(records.map(({ connectionId }) => connectionId)).size).toBe(clients);
  expect(records.every(({ closeReason }) => closeReason === 'client-closed')).toBe(true);
}
