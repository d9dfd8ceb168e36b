import { valueText } from '../../value-texts.ts';
import type { SpendEntry } from '../task-store.ts';
import { readDecimal } from './decimal.ts';

/** An entry whose amount was read: a whole number of 10^-18. */
export interface ReadEntry extends Omit<SpendEntry, 'amount'> {
  readonly amount: bigint;
}

/**
 * Reads entries of spending before any of them counts.
 *
 * @returns each id once, with its first entry.
 * @throws {StorageError} `invalid`, when one has an amount that is no decimal number.
 */
export function readEntries(entries: readonly SpendEntry[]): readonly ReadEntry[] {
  const read = new Map<string, ReadEntry>();
  for (const { id, ownerId, amount, at } of entries) {
    const units = readDecimal(amount, `The amount of the entry ${valueText(id)}`);
    if (!read.has(id)) read.set(id, { id, ownerId, amount: units, at });
  }
  return [...read.values()];
}

/** Ids of the users of these entries, each once, in the order in which they stand there first. */
export function ownersOf(entries: readonly Pick<SpendEntry, 'ownerId'>[]): readonly string[] {
  return [...new Set(entries.map(({ ownerId }) => ownerId))];
}

/** Sums of the amounts by user. */
export function sumsOf(entries: readonly Pick<ReadEntry, 'ownerId' | 'amount'>[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { ownerId, amount } of entries) sums.set(ownerId, (sums.get(ownerId) ?? 0n) + amount);
  return sums;
}
