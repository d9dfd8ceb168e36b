import { defineConfig } from 'vitest/config';

/**
 * Tests that take longer than an ordinary run may: `npm run test:long`. One file after the other, because they measure
 * memory and time.
 */
export default defineConfig({
  test: {
    include: ['test/**/*.long.ts'],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
  },
});
