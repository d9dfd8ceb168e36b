import { createChatHub } from '../hubs/chat.ts';
import { createLog } from '../log.ts';
import type { ServerOptions } from '../options.ts';
import type { SignalboxServer } from '../signalbox-server.ts';
import { makePrivateFolder } from '../storage/private-files.ts';
import type { EndSignals } from './end-signals.ts';
import { explain } from './explain.ts';
import type { Settings } from './settings.ts';
import { createStandalonePage, createStandaloneServer, databaseOf } from './standalone-server.ts';
import { print, printProblem } from './terminal.ts';

/** Exit code for settings with which the server cannot start. */
const UNUSABLE = 2;

/**
 * Runs the standalone server until a signal ends it, also one that comes during the start.
 *
 * @param hubs Hubs by path. Default: the chat at `/hubs/chat`.
 * @returns the exit code.
 */
export async function serve(
  settings: Settings,
  signals: EndSignals,
  hubs: ServerOptions['hubs'] = { '/hubs/chat': createChatHub() },
): Promise<number> {
  const { port, host, data, drainMs, drainDelayMs, inspect, keepAliveTimeoutMs, logLevel } = settings;
  const logger = createLog(logLevel);
  signals.onReload(() => logger.info({ signal: 'SIGHUP' }, 'nothing to read again: settings are read at the start'));
  let server: SignalboxServer | undefined;
  try {
    server = createStandaloneServer(settings, hubs, logger);
    makePrivateFolder(data);
    const handlers = [createStandalonePage()];
    const listening = server.listen({ port, host, handlers, keepAliveTimeoutMs });
    const bound = await Promise.race([listening, signals.requested]);
    if (bound !== undefined) announce(bound, { paths: Object.keys(hubs), database: databaseOf(settings), inspect });
  } catch (error) {
    printProblem(explain(error, settings));
    await server?.close({ drainMs: 0 });
    return UNUSABLE;
  }
  await signals.requested;
  await server.close({ drainMs, drainDelayMs });
  return 0;
}

function announce(
  { port, host }: { readonly port: number; readonly host: string },
  {
    paths,
    database,
    inspect,
  }: { readonly paths: readonly string[]; readonly database: string; readonly inspect: boolean },
): void {
  const at = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  print(`signalbox listening on ${at}`);
  for (const path of paths) print(`  hub        ${at}${path}`);
  print(`  page       ${at}/`);
  print(`  documents  ${at}/docs/`);
  print(`  health     ${at}/healthz ${at}/readyz`);
  print(`  inspector  ${inspect ? `${at.replace('http', 'ws')}/inspect` : 'off (--inspect)'}`);
  print(`  database   ${database}`);
}
