import type { Methods } from '../rows/store-methods.ts';
import type { InThread } from './in-thread.ts';
import type { CallThread, Topic, Topics } from './topics.ts';

/** Topics whose methods are those of the store, so that a call needs nothing but to be sent. */
type Plain<Store> = { [T in Topic]: Topics[T] extends InThread<Store> ? T : never }[Topic];

/**
 * Makes a store whose methods run in the thread of SQLite.
 *
 * @param methods All methods of the store.
 */
export function remoteStore<Store>(topic: Plain<Store>, methods: Methods<Store>, call: CallThread): Store {
  // The types of the arguments are those of the store, which are those of the topic.
  const send = call as (topic: Topic, method: string, ...args: readonly unknown[]) => Promise<unknown>;
  const sent = (method: string) => [method, (...args: readonly unknown[]) => send(topic, method, ...args)] as const;
  return Object.fromEntries(Object.keys(methods).map(sent)) as Store;
}
