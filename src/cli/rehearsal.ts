import { rmdirSync } from 'node:fs';
import { readListenOptions } from '../listen-options.ts';
import { createLog } from '../log.ts';
import { createStorage } from '../storage/create-storage.ts';
import { inDatabase } from '../storage/database-storage.ts';
import { makePrivateFolder } from '../storage/sqlite/private-files.ts';
import { PASSING_PROBLEMS, type Storage, StorageError } from '../storage/storage.ts';
import { bind, createListener } from '../web/listener.ts';
import { explain } from './explain.ts';
import type { Settings } from './settings.ts';
import { standaloneAuth } from './standalone-auth.ts';
import { standaloneHubs } from './standalone-hubs.ts';
import { createStandalonePage, createStandaloneServer } from './standalone-server.ts';
import { storageOf } from './standalone-storage.ts';

export interface Rehearsal {
  /** Why the server cannot start with the settings on this machine; undefined: it can. */
  readonly problem?: string;
  /** Something that keeps it from starting now, but may be as it should: the server may be running. */
  readonly note?: string;
}

/** Does what the server does at its start, and undoes it. It leaves nothing behind. */
export async function rehearse(settings: Settings): Promise<Rehearsal> {
  try {
    const { authenticate } = await standaloneAuth(settings);
    const server = createStandaloneServer(settings, standaloneHubs(settings), createLog('silent'), authenticate);
    await server.close({ drainMs: 0 });
    createStandalonePage();
    const { url, folder } = storageOf(settings);
    const made = folder === undefined ? [] : makePrivateFolder(folder);
    await examine(createStorage(url)).finally(() => {
      for (const each of made.toReversed()) rmdirSync(each);
    });
    const http = createListener([], { refused: () => {}, failed: () => {} }, settings.keepAliveTimeoutMs);
    await bind(http, readListenOptions({ port: settings.port, host: settings.host }));
    http.close();
    return {};
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return { problem: explain(error, settings) };
    const { port, host } = settings;
    return {
      note: `Port ${port} of ${host} is taken now. Unless that is this server, which runs already, choose another with --port.`,
    };
  }
}

/** A database that is locked or away does not keep the server from starting: maybe it is its own that locks it. */
async function examine(storage: Storage): Promise<void> {
  try {
    await inDatabase(storage)?.examine();
  } catch (error) {
    if (!(error instanceof StorageError && PASSING_PROBLEMS.includes(error.problem))) throw error;
  }
}
