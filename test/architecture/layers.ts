import { posix } from 'node:path';

export interface Layer {
  readonly name: string;
  /** Folders, and single files that stand on another layer than the rest of their folder. */
  readonly units: readonly string[];
}

/**
 * Folders of adapters. Adapters never import each other; they meet at the ports. Some of the folders are still to come.
 */
const FOLDERS_OF_ADAPTERS = [
  'src/routing',
  'src/transports',
  'src/auth',
  'src/limits',
  'src/storage',
  'src/backplane',
  'src/moderation',
];

/**
 * Layers from top to bottom. A file imports from layers below its own, or from its own folder. Same table as in
 * docs/architecture.md.
 */
export const LAYERS: readonly Layer[] = [
  { name: '7', units: ['src/cli'] },
  // `testing` may import anything below it, and only tests import `testing`. `client` takes only types of index.ts.
  { name: '6', units: ['src/hubs', 'src/testing', 'src/client'] },
  { name: '5', units: ['src/index.ts', 'src/auth/index.ts', 'src/moderation/index.ts'] },
  // server.ts connects all parts and knows all of them.
  {
    name: '4e',
    units: [
      'src/server.ts',
      'src/server-auth.ts',
      'src/server-broadcast.ts',
      'src/server-cluster.ts',
      'src/server-listeners.ts',
      'src/server-services.ts',
      'src/server-storage.ts',
      'src/mount-cluster.ts',
      'src/mount-hub.ts',
      'src/mount-presence.ts',
      'src/options.ts',
      'src/listen-options.ts',
      'src/server-connection.ts',
      'src/signalbox-server.ts',
    ],
  },
  { name: '4d', units: ['src/web'] },
  { name: '4c', units: ['src/inspector', 'src/metrics'] },
  { name: '4b', units: ['src/actors'] },
  { name: '4a', units: ['src/endpoint', 'src/connection'] },
  { name: '3', units: FOLDERS_OF_ADAPTERS },
  // A port is in the folder of its adapters, but on a lower layer: routing writes to it without knowing any adapter.
  {
    name: '2b',
    units: [
      'src/routing/abort-listeners.ts',
      'src/routing/address-observer.ts',
      'src/routing/histories.ts',
      'src/routing/commit-observer.ts',
      'src/routing/other-nodes.ts',
      'src/routing/outbox-port.ts',
      'src/routing/pending-invocation.ts',
      // Of this node in routing/, and of others in backplane/.
      'src/routing/pending-invocations.ts',
      'src/routing/routed-message.ts',
      'src/routing/this-node.ts',
      'src/transports/transport.ts',
      'src/transports/new-connection.ts',
      'src/storage/storage.ts',
      'src/storage/session-store.ts',
      'src/storage/message-store.ts',
      'src/storage/moderation-store.ts',
      'src/storage/task-store.ts',
      'src/storage/membership-store.ts',
      'src/auth/authenticator.ts',
      'src/auth/store-watcher.ts',
      'src/backplane/backplane.ts',
      'src/backplane/log-store.ts',
      'src/limits/limits.ts',
    ],
  },
  // A port that another port names.
  {
    name: '2c',
    units: ['src/storage/key-store.ts', 'src/storage/retained.ts', 'src/backplane/presence/presence-store.ts'],
  },
  { name: '2a', units: ['machines', 'src/hub'] },
  { name: '1', units: ['src/protocol', 'src/http'] },
  // max-heap.ts is the heap inside of shares.ts.
  {
    name: '0',
    units: [
      'src/errors.ts',
      'src/ids.ts',
      'src/clock.ts',
      'src/within.ts',
      'src/hearing-time.ts',
      'src/log.ts',
      'src/guarded-log.ts',
      'src/log-limit.ts',
      'src/refusal-kinds.ts',
      'src/printable.ts',
      'src/without-credentials.ts',
      'src/promises.ts',
      'src/nearest-name.ts',
      'src/value-texts.ts',
      'src/option-checks.ts',
      'src/shares.ts',
      'src/max-heap.ts',
    ],
  },
  // The log writes to it.
  { name: '0a', units: ['src/output'] },
  // Runs in the browser and imports nothing of the server.
  { name: 'page', units: ['src/page'] },
];

/** The part of the system that a file belongs to: the longest entry of the table that fits. */
export function unitOf(path: string): string | undefined {
  return LAYERS.flatMap(({ units }) => units)
    .filter((unit) => path === unit || path.startsWith(`${unit}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/** Depth of a file's layer. 0 is the top; undefined when the table has no place for the file. */
export function depthOf(path: string): number | undefined {
  const unit = unitOf(path);
  return unit === undefined ? undefined : LAYERS.findIndex(({ units }) => units.includes(unit));
}

export function nameOfLayer(path: string): string {
  const depth = depthOf(path);
  return depth === undefined ? 'none' : (LAYERS[depth]?.name ?? 'none');
}

/** Whether an import goes down, or stays inside one folder of one layer. */
export function mayImport(from: string, to: string): boolean {
  const [upper, lower] = [depthOf(from), depthOf(to)];
  if (upper === undefined || lower === undefined) return false;
  const sameFolder = unitOf(from) === unitOf(to) || posix.dirname(from) === posix.dirname(to);
  return upper < lower || (upper === lower && sameFolder);
}

/** The folder of adapters that a file belongs to; undefined for its port. */
export function adaptersOf(path: string): string | undefined {
  return FOLDERS_OF_ADAPTERS.find((folder) => folder === unitOf(path));
}
