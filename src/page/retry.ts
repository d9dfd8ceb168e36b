const FIRST_MS = 500;
const LONGEST_MS = 20_000;

/**
 * Time to wait before the next attempt, in milliseconds. It doubles up to 20 s; there is no last attempt. Half of it is
 * random, so that after a restart of the server not all clients come back at the same moment.
 */
export function retryDelay(failures: number, random: () => number = Math.random): number {
  const longest = Math.min(FIRST_MS * 2 ** Math.min(failures, 16), LONGEST_MS);
  return Math.round(longest / 2 + (random() * longest) / 2);
}
