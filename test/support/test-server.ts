import { onTestFinished } from 'vitest';
import type { AnyHubDefinition, ServerOptions } from '../../src/index.ts';
import { resolveOptions } from '../../src/options.ts';
import { ServerParts } from '../../src/server.ts';

/** A server on a port of its own, for one test. */
export interface TestServer {
  readonly server: ServerParts;
  readonly port: number;
  /** The address of a hub. */
  url(path: string): string;
}

export type Hubs = Readonly<Record<string, AnyHubDefinition>>;

/** Longer than any test: pings depend on the clock, and would appear between the effects of a test. */
const NO_PINGS = { keepAliveIntervalMs: 600_000 };

/**
 * Starts a server that is closed at the end of the test. `ServerParts` is what `createServer` makes, with its parts
 * visible.
 */
export async function startServer(
  hubs: Hubs,
  options: Omit<ServerOptions, 'hubs'> = {},
  port = 0,
): Promise<TestServer> {
  const server = new ServerParts(resolveOptions({ logLevel: 'silent', hubOptions: NO_PINGS, ...options, hubs }));
  onTestFinished(() => server.close({ drainMs: 0 }));
  const bound = await server.listen({ port });
  return { server, port: bound.port, url: (path) => `http://127.0.0.1:${bound.port}${path}` };
}
