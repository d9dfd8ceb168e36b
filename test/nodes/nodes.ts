// Several servers that are one, in this process: over the backplane in memory, and over a real Redis.
import { nanoid } from 'nanoid';
import { onTestFinished } from 'vitest';
import type { ServerOptions } from '../../src/index.ts';
import { hasRedis, startRedis } from '../support/redis.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { nodeHub, userOfQuery } from './node-hub.ts';

export type BackplaneKind = 'memory' | 'redis';
export const KINDS: readonly BackplaneKind[] = hasRedis ? ['memory', 'redis'] : ['memory'];

/** Ends with the test. */
export async function newBackplane(kind: BackplaneKind): Promise<string> {
  if (kind === 'memory') return `memory:${nanoid()}`;
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  return redis.url;
}

/** Starts nodes with the hub of `node-hub.ts` at `/hub`. */
export async function startNodes(
  backplane: string,
  count: number,
  options: Omit<ServerOptions, 'hubs'> = {},
  gaps: (group: string) => void = () => {},
): Promise<readonly TestServer[]> {
  const nodes: TestServer[] = [];
  for (let n = 0; n < count; n++) {
    const all = { backplane, authenticate: userOfQuery, ...options };
    nodes.push(await startServer({ '/hub': nodeHub(gaps) }, all));
  }
  return nodes;
}
