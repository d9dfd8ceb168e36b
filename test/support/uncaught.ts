import { turnOfTheLoop } from './memory-server.ts';

/** Errors that were uncaught while `act` ran, and until everything that it began has settled. */
export async function uncaughtDuring(act: () => Promise<void>): Promise<unknown[]> {
  const uncaught: unknown[] = [];
  const remember = (error: unknown): void => {
    uncaught.push(error);
  };
  process.on('uncaughtException', remember);
  process.on('unhandledRejection', remember);
  try {
    await act();
    // Node reports a rejection after the microtasks of its turn.
    await turnOfTheLoop();
    await turnOfTheLoop();
  } finally {
    process.off('uncaughtException', remember);
    process.off('unhandledRejection', remember);
  }
  return uncaught;
}
