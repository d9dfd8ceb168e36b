import { BackplaneError, type LiveLease, type RenewedLease, type TakenTokens } from '../backplane.ts';

const OUTCOMES = ['kept', 'taken', 'refused'];

/** Reads the answer to `RENEW_LEASE`. @throws {BackplaneError} for another one. */
export function readRenewed(reply: unknown, place: string): RenewedLease {
  const [outcome, alive] = listOf(reply, 2, place);
  if (!OUTCOMES.includes(outcome as string) || !Array.isArray(alive)) throw strangeReply(place);
  return {
    outcome: outcome as RenewedLease['outcome'],
    alive: alive.map((each) => readLease(each, place)),
  };
}

/** Reads the answer to `TAKE_TOKENS`. @throws {BackplaneError} for another one. */
export function readTaken(reply: unknown, count: number, place: string): TakenTokens {
  const [taken, waitMs] = listOf(reply, 2, place);
  if (!isCount(taken) || taken > count || !isCount(waitMs)) throw strangeReply(place);
  return { taken, waitMs };
}

function readLease(reply: unknown, place: string): LiveLease {
  const [nodeId, bootId, remainingMs] = listOf(reply, 3, place);
  if (typeof nodeId !== 'string' || typeof bootId !== 'string' || !isCount(remainingMs)) throw strangeReply(place);
  return { nodeId, bootId, remainingMs };
}

/** A list of so many values. @throws {BackplaneError} */
export function listOf(reply: unknown, length: number, place: string): readonly unknown[] {
  if (Array.isArray(reply) && reply.length === length) return reply;
  throw strangeReply(place);
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Error for an answer that no script gives. */
export function strangeReply(place: string): BackplaneError {
  return new BackplaneError(
    'refused',
    `Redis at ${place} has given an answer that no script of ours gives: check that it is Redis or Valkey.`,
  );
}
