import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { AttachOptions, SignalboxServer } from '../../src/index.ts';

/** Attaches a server of ours to the user's server, which listens until the test ends. @returns its port. */
export async function listenAttached(
  server: SignalboxServer,
  http: HttpServer,
  options?: AttachOptions,
): Promise<number> {
  await server.attach(http, options);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await server.close({ drainMs: 0 });
    http.close();
    http.closeAllConnections();
  });
  return (http.address() as AddressInfo).port;
}
