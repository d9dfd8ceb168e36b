import { turnOfTheLoop } from './memory-server.ts';

/** What nobody caught while `act` ran, and until all that it began has settled. */
export async function uncaughtDuring(act: () => Promise<void>): Promise<unknown[]> {
  const uncaught: unknown[] = [];
  const remember = (error: unknown): void => {
    uncaught.push(error);
  };
  process.on('uncaughtException', remember);
  process.on('unhandledRejection', remember);
  try {
    await act();
    // Node reports a rejection when the microtasks of its turn have run.
    await turnOfTheLoop();
    await turnOfTheLoop();
  } finally {
    process.off('uncaughtException', remember);
    process.off('unhandledRejection', remember);
  }
  return uncaught;
}
