import { createChatHub } from '../hubs/chat.ts';
import { createServer } from '../index.ts';

/** Exit code for a start that cannot succeed as it was asked for. */
const UNUSABLE = 2;

/** Runs the standalone server until a signal ends it. */
export async function serve(at: { readonly port: number; readonly host: string }): Promise<void> {
  const server = createServer({ hubs: { '/hubs/chat': createChatHub() }, logLevel: 'info' });
  let bound: { readonly port: number; readonly host: string };
  try {
    bound = await server.listen(at);
  } catch (error) {
    console.error(explain(error, at));
    process.exitCode = UNUSABLE;
    await server.close();
    return;
  }
  const drain = (): void => {
    // A second signal: Node's own behaviour, which is to end at once.
    process.off('SIGTERM', drain).off('SIGINT', drain);
    void server.close();
  };
  process.on('SIGTERM', drain).on('SIGINT', drain);
  const host = bound.host.includes(':') ? `[${bound.host}]` : bound.host;
  console.log(`signalbox listening on http://${host}:${bound.port}`);
}

function explain(error: unknown, at: { readonly port: number; readonly host: string }): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EADDRINUSE':
      return `signalbox: port ${at.port} of ${at.host} is taken by another program. Choose another with --port.`;
    case 'EACCES':
      return `signalbox: port ${at.port} may not be used by this user. Choose one above 1023 with --port.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `signalbox: ${at.host} is no address of this machine. Choose another with --host.`;
    default:
      return `signalbox: cannot listen on ${at.host}:${at.port}: ${message}`;
  }
}
