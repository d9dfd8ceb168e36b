import { join } from 'node:path';
import type { Log } from '../log.ts';
import type { ServerOptions } from '../options.ts';
import { createServer } from '../server.ts';
import type { SignalboxServer } from '../signalbox-server.ts';
import type { RequestHandler } from '../web/listener.ts';
import { createPage } from '../web/page.ts';
import type { Settings } from './settings.ts';

/** Path of the database of the standalone server. */
export function databaseOf({ data }: Settings): string {
  return join(data, 'signalbox.db');
}

/** Builds the standalone server. Nothing is made, and nothing listens yet. @throws {OptionsError} */
export function createStandaloneServer(settings: Settings, hubs: ServerOptions['hubs'], logger: Log): SignalboxServer {
  const { origins, hosts, maximumWaitingBytes, inspect, inspectToken } = settings;
  return createServer({
    hubs,
    origins,
    hosts,
    logger,
    maximumWaitingBytes,
    storage: `sqlite:${databaseOf(settings)}`,
    inspect: inspect && (inspectToken === undefined ? {} : { token: inspectToken }),
  });
}

/** The page of the chat, and the documents. @throws {Error} when they were not built. */
export function createStandalonePage(): RequestHandler {
  return createPage(new URL('../page/', import.meta.url));
}
