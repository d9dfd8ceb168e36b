import { defineConfig } from 'vitest/config';
import { ALONE, IN_BROWSER, SHARED, SHARED_BY_SERVERS } from './test/projects.ts';

export default defineConfig({
  test: {
    // A test that hangs has to end as a failure, not as a run that never ends.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Conditions without an event, as in a browser, may take long on a slow machine.
    expect: { poll: { timeout: 20_000 } },
    // Most of a run is waiting: for a socket to time out, a process to start, a browser.
    maxWorkers: 3,
    // Tests that run side by side in a file wait for timeouts of seconds.
    maxConcurrency: 10,
    projects: [
      { extends: true, test: { name: 'shared', include: SHARED, exclude: ALONE, isolate: false } },
      { extends: true, test: { name: 'servers', include: SHARED_BY_SERVERS, exclude: ALONE, isolate: false } },
      {
        extends: true,
        test: {
          name: 'isolated',
          include: ['test/**/*.test.ts'],
          exclude: [...SHARED, ...SHARED_BY_SERVERS, ...IN_BROWSER],
        },
      },
      {
        extends: true,
        test: { name: 'browser', include: IN_BROWSER, isolate: false, globalSetup: 'test/browser/setup.ts' },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
});
