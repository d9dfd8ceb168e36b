import { join } from 'node:path';
import { createChatHub } from '../hubs/chat.ts';
import type { ServerOptions } from '../options.ts';
import { createServer } from '../server.ts';
import { makePrivateFolder } from '../storage/private-files.ts';
import { createPage } from '../web/page.ts';
import { explain } from './explain.ts';
import type { Settings } from './settings.ts';
import { print, printProblem } from './terminal.ts';

/** Exit code for settings with which the server cannot start. */
const UNUSABLE = 2;

/**
 * Runs the standalone server until a signal ends it.
 *
 * @param hubs Hubs by path. Default: the chat at `/hubs/chat`.
 * @returns the exit code.
 */
export async function serve(
  settings: Settings,
  hubs: ServerOptions['hubs'] = { '/hubs/chat': createChatHub() },
): Promise<number> {
  const { port, host, data, origins, hosts, drainMs, drainDelayMs, inspect, inspectToken, logLevel } = settings;
  const { keepAliveTimeoutMs, maximumWaitingBytes } = settings;
  const database = join(data, 'signalbox.db');
  const server = createServer({
    hubs,
    origins,
    hosts,
    logLevel,
    maximumWaitingBytes,
    storage: `sqlite:${database}`,
    inspect: inspect && (inspectToken === undefined ? {} : { token: inspectToken }),
  });
  let bound: { readonly port: number; readonly host: string };
  try {
    makePrivateFolder(data);
    const handlers = [createPage(new URL('../page/', import.meta.url))];
    bound = await server.listen({ port, host, handlers, keepAliveTimeoutMs });
  } catch (error) {
    printProblem(explain(error, settings));
    await server.close({ drainMs: 0 });
    return UNUSABLE;
  }
  const ended = signalled();
  announce(bound, { paths: Object.keys(hubs), database, inspect });
  await ended;
  await server.close({ drainMs, drainDelayMs });
  return 0;
}

/** Resolves at the first signal. A second one has Node's default effect: it ends the process at once. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    const drain = (): void => {
      process.off('SIGTERM', drain).off('SIGINT', drain);
      resolve();
    };
    process.on('SIGTERM', drain).on('SIGINT', drain);
  });
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
