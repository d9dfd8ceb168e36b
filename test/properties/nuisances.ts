/** Result of a method that never ends. */
export const NEVER: Promise<void> = new Promise(() => {});

/** Many more calls than a mailbox has room for, some of them invalid. */
export const ENDLESS_STREAM: readonly unknown[] = Array.from({ length: 500 }, (_, at) => ({
  type: at % 7 === 0 ? 4 : 1,
  target: ['Echo', 'Fail', 'Nothing', 'Tell me'][at % 4],
  arguments: at % 3 === 0 ? [at] : [at, at],
  invocationId: `s${at}`,
}));
