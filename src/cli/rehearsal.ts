import { rmdirSync } from 'node:fs';
import { readListenOptions } from '../listen-options.ts';
import { createLog } from '../log.ts';
import { createStorage } from '../storage/create-storage.ts';
import { inDatabase } from '../storage/database-storage.ts';
import { makePrivateFolder } from '../storage/sqlite/private-files.ts';
import { PASSING_PROBLEMS, type Storage, StorageError } from '../storage/storage.ts';
import { bind, createListener } from '../web/listener.ts';
import { tryBackplane } from './backplane-rehearsal.ts';
import { explain } from './explain.ts';
import type { Settings } from './settings.ts';
import { standaloneAuth } from './standalone-auth.ts';
import { backplaneOf } from './standalone-backplane.ts';
import { standaloneHubs } from './standalone-hubs.ts';
import { createStandalonePage, createStandaloneServer } from './standalone-server.ts';
import { storageOf } from './standalone-storage.ts';

export interface Rehearsal {
  /** Why the server cannot start with the settings on this machine; undefined: it can. */
  readonly problem?: string;
  /** What may be as it should: a server that runs already has the port, a backplane comes later. */
  readonly notes: readonly string[];
}

/** Does what the server does at its start, and undoes it. It leaves nothing behind. */
export async function rehearse(settings: Settings): Promise<Rehearsal> {
  const notes: string[] = [];
  try {
    const { authenticate } = await standaloneAuth(settings);
    const server = createStandaloneServer(settings, {
      ...{ hubs: standaloneHubs(settings), logger: createLog('silent') },
      ...{ authenticate, cluster: backplaneOf(settings).options },
    });
    await server.close({ drainMs: 0 });
    createStandalonePage();
    const { url, folder } = storageOf(settings);
    const made = folder === undefined ? [] : makePrivateFolder(folder);
    await examine(createStorage(url)).finally(() => {
      for (const each of made.toReversed()) rmdirSync(each);
    });
    const away = await tryBackplane(settings);
    if (away?.problem === 'refused') throw away;
    if (away !== undefined) notes.push(`${away.message} A server starts without it, and is alone until it comes.`);
    const http = createListener([], { refused: () => {}, failed: () => {} }, settings.keepAliveTimeoutMs);
    await bind(http, readListenOptions({ port: settings.port, host: settings.host }));
    http.close();
    return { notes };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return { problem: explain(error, settings), notes };
    const { port, host } = settings;
    notes.push(
      `Port ${port} of ${host} is taken now. Unless that is this server, which runs already, choose another with --port.`,
    );
    return { notes };
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
