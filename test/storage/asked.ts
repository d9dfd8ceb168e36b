import fc from 'fast-check';
import { expect } from 'vitest';
import { StorageError } from '../../src/storage/storage.ts';

/** A call of a method of a store. */
export interface Ask<Store> {
  readonly method: string & keyof Store;
  readonly args: readonly unknown[];
  /** Whether the answers to its COMMITs are lost, so that its transactions are done twice. */
  readonly isRepeated: boolean;
}

/** Texts that databases could order, compare or quote in another way. */
export const names = fc.constantFrom('a', 'A', 'b', 'é', '\u{ff46}', '🚆', "o'hara", '$1', '');

/** A call of a method with arguments of these kinds. */
export function ask<Store>(method: string & keyof Store, ...args: fc.Arbitrary<unknown>[]): fc.Arbitrary<Ask<Store>> {
  return fc.record({ method: fc.constant(method), args: fc.tuple(...args), isRepeated: fc.boolean() });
}

/** What a store answers, or the problem that it rejects with. */
export async function answerOf<Store>(store: Store, { method, args }: Ask<Store>): Promise<unknown> {
  try {
    return await (store[method] as (...args: unknown[]) => Promise<unknown>).apply(store, [...args]);
  } catch (error) {
    if (error instanceof StorageError) return error.problem;
    throw error;
  }
}

/** Expects the same answers as those of the model. @returns them. */
export async function expectSame<Store>(
  asked: readonly Ask<Store>[],
  answerTo: (asked: Ask<Store>) => Promise<unknown>,
  modelled: (asked: Ask<Store>) => Promise<unknown>,
): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (const one of asked) {
    const answer = await answerTo(one);
    expect(answer, JSON.stringify(one)).toEqual(await modelled(one));
    answers.push(answer);
  }
  return answers;
}
