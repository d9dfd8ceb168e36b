import { createLog } from '../log.ts';
import type { ServerOptions } from '../options.ts';
import type { SignalboxServer } from '../signalbox-server.ts';
import { makePrivateFolder } from '../storage/sqlite/private-files.ts';
import type { HealthProblem } from '../web/health.ts';
import type { EndSignals } from './end-signals.ts';
import { explain } from './explain.ts';
import type { Settings } from './settings.ts';
import { standaloneAuth } from './standalone-auth.ts';
import { backplaneOf, type StandaloneBackplane } from './standalone-backplane.ts';
import { standaloneHubs } from './standalone-hubs.ts';
import { createStandalonePage, createStandaloneServer } from './standalone-server.ts';
import { type StandaloneStorage, storageOf } from './standalone-storage.ts';
import { print, printProblem } from './terminal.ts';

/** Exit code for settings with which the server cannot start. */
const UNUSABLE = 2;

/**
 * Runs the standalone server until a signal ends it, also one that comes during the start.
 *
 * @param hubs Hubs by path. Default: those of the standalone server.
 * @returns the exit code.
 */
export async function serve(
  settings: Settings,
  signals: EndSignals,
  hubs: ServerOptions['hubs'] = standaloneHubs(settings),
): Promise<number> {
  const { port, host, drainMs, drainDelayMs, inspect, keepAliveTimeoutMs, logLevel } = settings;
  const storage = storageOf(settings);
  const backplane = backplaneOf(settings);
  const logger = createLog(logLevel);
  signals.onReload(() => logger.info({ signal: 'SIGHUP' }, 'nothing to read again: settings are read at the start'));
  let server: SignalboxServer | undefined;
  try {
    const { authenticate, summary } = await standaloneAuth(settings);
    server = createStandaloneServer(settings, { hubs, logger, authenticate, cluster: backplane.options });
    if (storage.folder !== undefined) makePrivateFolder(storage.folder);
    const handlers = [createStandalonePage()];
    const listening = server.listen({ port, host, handlers, keepAliveTimeoutMs });
    const bound = await Promise.race([listening, signals.requested]);
    if (bound !== undefined) {
      announce(bound, { paths: Object.keys(hubs), database: storage.shown, inspect, clients: summary });
      announceBackplane(backplane, server.problems());
      if (settings['auth.keys']) await announceKeys(server, storage);
    }
  } catch (error) {
    printProblem(explain(error, settings));
    await server?.close({ drainMs: 0 });
    return UNUSABLE;
  }
  await signals.requested;
  await server.close({ drainMs, drainDelayMs });
  return 0;
}

/** Prints how to make the first key, if there is none yet. */
async function announceKeys({ keys }: SignalboxServer, { flags }: StandaloneStorage): Promise<void> {
  // A storage that cannot be read now is said elsewhere, and does not keep the server from starting.
  const known = await keys.list().catch(() => undefined);
  if (known?.length === 0) print(`  keys       none yet: signalbox key create --name NAME${flags}`);
}

/** Prints which server of which service this is. */
function announceBackplane({ options, shown, caution }: StandaloneBackplane, problems: readonly HealthProblem[]): void {
  const isAway = problems.some(({ part }) => part === 'backplane');
  print(`  node       ${options.nodeId}`);
  print(`  backplane  ${shown ?? 'none (--backplane)'}${isAway ? ': not there yet, so this server is alone' : ''}`);
  if (caution !== undefined) print(`  caution    ${caution}`);
}

function announce(
  { port, host }: { readonly port: number; readonly host: string },
  {
    paths,
    database,
    inspect,
    clients,
  }: {
    readonly paths: readonly string[];
    readonly database: string;
    readonly inspect: boolean;
    readonly clients: string;
  },
): void {
  const at = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  print(`signalbox listening on ${at}`);
  for (const path of paths) print(`  hub        ${at}${path}`);
  print(`  page       ${at}/`);
  print(`  documents  ${at}/docs/`);
  print(`  health     ${at}/healthz ${at}/readyz`);
  print(`  clients    ${clients}`);
  print(`  inspector  ${inspect ? `${at.replace('http', 'ws')}/inspect` : 'off (--inspect)'}`);
  print(`  database   ${database}`);
}
