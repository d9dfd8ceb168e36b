import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const here = (file: string) => resolve(import.meta.dirname, file);

/** The conformance suite as it is. Only what it knows of the server under test is exchanged, and what ours does differently. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^\.\/server\.ts$/, replacement: here('server.ts') },
      { find: /^\.\/(http-)?differences\.ts$/, replacement: here('no-differences.ts') },
      { find: /^\.\.\/\.\.\/src\/.*/, replacement: here('nothing-of-ours.ts') },
    ],
  },
  test: {
    include: ['test/conformance/*.test.ts', 'test/original/slow-vectors.ts'],
    exclude: ['test/conformance/messagepack.test.ts'],
    // Nobody moves the clock of the original: see slow-vectors.ts.
    testNamePattern: /^(?!.* a clock that is moved by hand)/,
    // They wait most of the time: all files at once, each with a server of its own, and in a file whatever may run side by side.
    maxWorkers: 4,
    maxConcurrency: 10,
    // On a busy machine the original loses a race with itself, and says Close to a client that has closed already.
    retry: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
