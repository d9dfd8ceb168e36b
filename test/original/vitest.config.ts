import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const here = (file: string) => resolve(import.meta.dirname, file);

/** All of `src`, except what only knows time, or the protocol as a client speaks it. */
const OURS = /^\.\.\/\.\.\/src\/(?!testing\/(?:client-protocol|simulated-clock)\.ts$).*/;

/**
 * The conformance suite unchanged, except for the modules that know the server under test and the list of our
 * differences.
 */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^\.\/server\.ts$/, replacement: here('server.ts') },
      { find: /^\.\/(http-|messagepack-)?differences\.ts$/, replacement: here('no-differences.ts') },
      { find: OURS, replacement: here('no-source.ts') },
    ],
  },
  test: {
    include: ['test/conformance/*.test.ts', 'test/original/{reading,slow-*}.ts'],
    // ASP.NET Core SignalR has no simulated clock: see slow-vectors.ts.
    testNamePattern: /^(?!.* a clock that is moved by hand)/,
    // They mostly wait. All files run at once, each with a server of its own, and tests of one file side by side where
    // possible.
    maxWorkers: 4,
    maxConcurrency: 10,
    // On a busy machine ASP.NET Core SignalR has a race: it sends Close to a client that has closed already.
    retry: 2,
    // Tests wait for a server that is free, and many servers start at once.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
