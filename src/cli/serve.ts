import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { answerHealth } from '../http/health.ts';
import { bind, createListener } from '../http/listener.ts';
import { createPage } from '../http/page.ts';
import { createChatHub } from '../hubs/chat.ts';
import { createServer, type ServerOptions } from '../index.ts';
import { explain } from './explain.ts';
import type { Settings } from './settings.ts';

/** Exit code for a start that cannot succeed as it was asked for. */
const UNUSABLE = 2;

/**
 * Runs the standalone server until a signal ends it.
 *
 * @param hubs What it serves. Default: the chat at `/hubs/chat`.
 * @returns the exit code.
 */
export async function serve(
  settings: Settings,
  hubs: ServerOptions['hubs'] = { '/hubs/chat': createChatHub() },
): Promise<number> {
  const { port, host, data, origins, drainMs, maximumWaitingBytes, inspect, inspectToken, logLevel } = settings;
  const database = join(data, 'signalbox.db');
  const server = createServer({
    hubs,
    origins,
    logLevel,
    maximumWaitingBytes,
    storage: `sqlite:${database}`,
    inspect: inspect && (inspectToken === undefined ? {} : { token: inspectToken }),
  });
  const page = createPage(new URL('../page/', import.meta.url));
  const http = createListener([(request, response) => answerHealth(request, response, () => server.problems()), page]);
  let bound: { readonly port: number; readonly host: string };
  try {
    mkdirSync(data, { recursive: true });
    await server.attach(http);
    bound = await bind(http, { port, host });
  } catch (error) {
    console.error(`signalbox: ${explain(error, settings)}`);
    await server.close({ drainMs: 0 });
    return UNUSABLE;
  }
  const ended = signalled();
  announce(bound, { paths: Object.keys(hubs), database, inspect });
  await ended;
  // Clients that come back with further requests need a way in until they have heard everything.
  const areAllSockets = [...server.connections()].every(({ request }) => request.transport === 'WebSockets');
  if (areAllSockets) stopListening(http);
  await server.close({ drainMs });
  stopListening(http);
  http.closeAllConnections();
  return 0;
}

function stopListening(http: ReturnType<typeof createListener>): void {
  http.close();
  http.closeIdleConnections();
}

/** Resolves at the first signal; a second one ends the process at once, as if we had not listened. */
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
  console.log(`signalbox listening on ${at}`);
  for (const path of paths) console.log(`  hub        ${at}${path}`);
  console.log(`  page       ${at}/`);
  console.log(`  health     ${at}/healthz ${at}/readyz`);
  console.log(`  inspector  ${inspect ? `${at.replace('http', 'ws')}/inspect` : 'off (--inspect)'}`);
  console.log(`  database   ${database}`);
}
