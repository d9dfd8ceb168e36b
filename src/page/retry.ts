const FIRST_MS = 500;
const LONGEST_MS = 20_000;

/**
 * How long to wait before the next try. It doubles up to 20 s and never gives up. Half of it is chance: after a restart
 * of the server its clients must not all come back in the same moment.
 */
export function retryDelay(failures: number, random: () => number = Math.random): number {
  const longest = Math.min(FIRST_MS * 2 ** Math.min(failures, 16), LONGEST_MS);
  return Math.round(longest / 2 + (random() * longest) / 2);
}
