/** A store as the thread of SQLite has it: the same methods, which answer at once. */
export type InThread<Store> = {
  readonly [M in keyof Store]: Store[M] extends (...args: infer A) => Promise<infer R> ? (...args: A) => R : never;
};
