import { rmdirSync } from 'node:fs';
import { createChatHub } from '../hubs/chat.ts';
import { readListenOptions } from '../listen-options.ts';
import { createLog } from '../log.ts';
import { makePrivateFolder } from '../storage/private-files.ts';
import { bind, createListener } from '../web/listener.ts';
import { explain } from './explain.ts';
import type { Settings } from './settings.ts';
import { createStandalonePage, createStandaloneServer } from './standalone-server.ts';

export interface Rehearsal {
  /** Why the server cannot start with the settings on this machine; undefined: it can. */
  readonly problem?: string;
  /** Something that keeps it from starting now, but may be as it should: the server may be running. */
  readonly note?: string;
}

/** Does what the server does at its start, and undoes it. It leaves nothing behind, and does not open the database. */
export async function rehearse(settings: Settings): Promise<Rehearsal> {
  try {
    await createStandaloneServer(settings, { '/hubs/chat': createChatHub() }, createLog('silent')).close({
      drainMs: 0,
    });
    createStandalonePage();
    for (const folder of makePrivateFolder(settings.data).toReversed()) rmdirSync(folder);
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
