import type { Authenticator } from '../auth/authenticator.ts';
import type { ClusterOptions } from '../backplane/cluster-options.ts';
import type { HubOptions } from '../hub/hub-options.ts';
import type { Log } from '../log.ts';
import type { ServerOptions } from '../options.ts';
import { createServer } from '../server.ts';
import type { SignalboxServer } from '../signalbox-server.ts';
import type { RequestHandler } from '../web/listener.ts';
import { createPage } from '../web/page.ts';
import { ratesOf } from './rate-settings.ts';
import { retentionOf } from './retention-settings.ts';
import type { Settings } from './settings.ts';
import { storageOf } from './standalone-storage.ts';

/** A connection ends with its credential, and may live longer with a new one. */
const AUTHENTICATED: HubOptions = { closeOnAuthenticationExpiration: true, enableAuthenticationRefresh: true };

/** What the standalone server is made of, beside its settings. */
export interface StandaloneParts {
  readonly hubs: ServerOptions['hubs'];
  readonly logger: Log;
  /** undefined: everybody may connect. */
  readonly authenticate: Authenticator | undefined;
  readonly cluster: ClusterOptions;
}

/** Builds the standalone server. Nothing is made, and nothing listens yet. @throws {OptionsError} */
export function createStandaloneServer(
  settings: Settings,
  { hubs, logger, authenticate, cluster }: StandaloneParts,
): SignalboxServer {
  const { origins, hosts, maximumWaitingBytes, inspect, inspectToken } = settings;
  return createServer({
    hubs,
    origins,
    hosts,
    logger,
    hubOptions: { ...(authenticate && AUTHENTICATED), rates: ratesOf(settings) },
    ...(authenticate && { authenticate }),
    maximumWaitingBytes,
    storage: storageOf(settings).url,
    ...cluster,
    retention: retentionOf(settings),
    inspect: inspect && (inspectToken === undefined ? {} : { token: inspectToken }),
  });
}

/** The page of the chat, and the documents. @throws {Error} when they were not built. */
export function createStandalonePage(): RequestHandler {
  return createPage(new URL('../page/', import.meta.url));
}
