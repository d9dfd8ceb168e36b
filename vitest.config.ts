import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A stuck test is a bug of ours: it must end as a failure, not as a hung run.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // What has no event to wait for, as in a browser, may take as long as the machine is slow.
    expect: { poll: { timeout: 20_000 } },
    // Most of a run is waiting: for a socket to time out, a process to start, a browser.
    maxWorkers: 3,
  },
});
