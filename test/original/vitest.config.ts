import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const here = (file: string) => resolve(import.meta.dirname, file);

/** The conformance suite as it is. Only what it knows of the server under test is exchanged, and what ours does differently. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^\.\/server\.ts$/, replacement: here('server.ts') },
      { find: /^\.\/differences\.ts$/, replacement: here('no-differences.ts') },
    ],
  },
  test: {
    include: ['test/conformance/*.test.ts'],
    exclude: ['test/conformance/messagepack.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
