import { expect } from 'vitest';
import { StorageError } from '../../src/storage/storage.ts';

/** A call of a store: the name of the method, and its arguments. */
export type Call<Store> = {
  [M in keyof Store & string]: Store[M] extends (...args: infer A) => unknown
    ? readonly [method: M, ...args: A]
    : never;
}[keyof Store & string];

/**
 * Makes the same call of each store, and expects the same outcome: a result, or a problem.
 *
 * @param stores The first one is the model.
 * @returns the outcome.
 */
export async function alike<Store>(stores: readonly Store[], [method, ...args]: Call<Store>): Promise<unknown> {
  const call = (store: Store) => (store[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
  const [model, ...others] = await Promise.all(stores.map((store) => outcomeOf(call(store))));
  for (const other of others) expect(other, method).toEqual(model);
  return model;
}

function outcomeOf(asked: Promise<unknown>): Promise<unknown> {
  return asked.catch((error: unknown) => {
    if (error instanceof StorageError) return { problem: error.problem };
    throw error;
  });
}
