/**
 * Folders whose files only compute, in memory and with a simulated clock. Several of them run one after the other in one
 * process, which imports the sources once: importing takes longer than most of their tests.
 */
export const COMPUTING = [
  'bench',
  'connection',
  'hub',
  'hubs',
  'machines',
  'moderation',
  'options',
  'page',
  'properties',
  'protocol',
  'routing',
  'support',
  'testing',
  'transports',
];

/**
 * Folders whose files start servers in their own process, and close them. Several of them run one after the other in one
 * process, too.
 */
export const SERVING = ['contracts', 'http', 'inspector', 'integration', 'logging', 'web'];

/**
 * Files of these folders that need a process of their own: they measure memory, start other processes, or change or watch
 * what others share; in the folders that compute, those that open sockets, too.
 */
export const ALONE = [
  'test/bench/history.test.ts',
  'test/bench/nodes.test.ts',
  'test/bench/other-state.test.ts',
  'test/contracts/backplane.test.ts',
  'test/contracts/hub-actor.test.ts',
  'test/contracts/key-store.test.ts',
  'test/contracts/logs-alike.test.ts',
  'test/contracts/membership-store.test.ts',
  'test/contracts/message-store.test.ts',
  'test/contracts/message-stores-alike.test.ts',
  'test/contracts/moderation-store.test.ts',
  'test/contracts/moderation-stores-alike.test.ts',
  'test/contracts/storage.test.ts',
  'test/contracts/task-store.test.ts',
  'test/inspector/observer.test.ts',
  'test/inspector/server.test.ts',
  'test/inspector/watch.test.ts',
  'test/integration/attach.test.ts',
  'test/integration/database-commands.test.ts',
  'test/integration/filters.test.ts',
  'test/integration/hanging-authenticate.test.ts',
  'test/integration/hostile-frames.test.ts',
  'test/integration/hostile-records.test.ts',
  'test/integration/hostile-requests.test.ts',
  'test/integration/hostile-results.test.ts',
  'test/integration/hostile-sockets.test.ts',
  'test/integration/hostile-throws.test.ts',
  'test/integration/key-commands.test.ts',
  'test/integration/log-output.test.ts',
  'test/integration/nginx.test.ts',
  'test/integration/postgres-trouble.test.ts',
  'test/integration/process-events.test.ts',
  'test/integration/session-records.test.ts',
  'test/integration/signals.test.ts',
  'test/integration/standalone-backplane.test.ts',
  'test/integration/standalone-keys.test.ts',
  'test/integration/standalone-settings.test.ts',
  'test/integration/standalone-storage.test.ts',
  'test/integration/standalone.test.ts',
  'test/integration/ten-thousand.test.ts',
  'test/integration/unawaited.test.ts',
  'test/options/calls.test.ts',
  'test/page/link.test.ts',
  'test/page/plain-client.test.ts',
  'test/properties/abort-listeners.test.ts',
  'test/properties/protocols.test.ts',
  'test/properties/real-sockets.test.ts',
  'test/properties/shared-signals.test.ts',
  'test/properties/weight.test.ts',
  'test/protocol/messagepack-codec.test.ts',
  'test/protocol/messagepack-hostile.test.ts',
  'test/support/postgres.test.ts',
  'test/support/redis.test.ts',
  'test/transports/subprotocols.test.ts',
];

/** Patterns of the files that share processes, before `ALONE` is taken away. */
export const SHARED = patternsOf(COMPUTING);
export const SHARED_BY_SERVERS = patternsOf(SERVING);

function patternsOf(folders: readonly string[]): string[] {
  return folders.map((folder) => `test/${folder}/**/*.test.ts`);
}

/** Files that share a browser and a build of the page, which test/browser/setup.ts makes, and processes. */
export const IN_BROWSER = ['test/browser/**/*.test.ts'];
