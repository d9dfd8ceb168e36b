import { rmdirSync } from 'node:fs';
import { readListenOptions } from '../listen-options.ts';
import { createLog } from '../log.ts';
import { makePrivateFolder } from '../storage/sqlite/private-files.ts';
import { SqliteStorage } from '../storage/sqlite.ts';
import { PASSING_PROBLEMS, StorageError } from '../storage/storage.ts';
import { bind, createListener } from '../web/listener.ts';
import { explain } from './explain.ts';
import type { Settings } from './settings.ts';
import { standaloneAuth } from './standalone-auth.ts';
import { standaloneHubs } from './standalone-hubs.ts';
import { createStandalonePage, createStandaloneServer, databaseOf } from './standalone-server.ts';

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
    const made = makePrivateFolder(settings.data);
    await examineDatabase(databaseOf(settings)).finally(() => {
      for (const folder of made.toReversed()) rmdirSync(folder);
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

/** A database that is locked does not keep the server from starting: maybe it is its own. */
async function examineDatabase(path: string): Promise<void> {
  try {
    await new SqliteStorage(path).examine();
  } catch (error) {
    if (!(error instanceof StorageError && PASSING_PROBLEMS.includes(error.problem))) throw error;
  }
}
