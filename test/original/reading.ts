// Messages that reach clients at full reading speed, from our server and from ASP.NET Core SignalR.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { afterAll, describe, onTestFinished, test } from 'vitest';
import { connect } from '../support/clients.ts';
import { hasDotnet } from '../support/dotnet.ts';
import { BURSTS, readingHub, reads } from '../support/reading.ts';
import { startServer } from '../support/test-server.ts';
import { TRANSPORTS } from '../support/transport-protocols.ts';
import { built } from './built.ts';
import { startServer as startOriginal } from './server.ts';

/** Resolves with the path of the program; undefined, with a warning, where there is no SDK. */
async function original(): Promise<string | undefined> {
  if (!(await hasDotnet())) {
    console.warn('!!! SKIPPED: ASP.NET Core SignalR was NOT tried beside ours, because there is no .NET SDK 10 here.');
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-original-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return built(folder);
}

const program = await original();

/** Long grace: the clients run in this very process, and other processes use the machine. */
const OURS = { allowStatefulReconnects: true, slowConsumer: { graceMs: 20_000 } };

/** As much as ASP.NET Core SignalR sends within 3 s to a client that acknowledges once a second. */
const STEADY = [40, 10_000] as const;

const beside = program === undefined ? undefined : await startOriginal({}, program);
afterAll(() => beside?.close());

describe.each([
  ['signalbox', async () => (await startServer({ '/reading': readingHub([], OURS) })).port],
  ['ASP.NET Core SignalR', async () => beside?.port],
] as const)('a client of %s that reads at full speed', (name, start) => {
  const isThere = name === 'signalbox' || beside !== undefined;

  describe.runIf(isThere).each(TRANSPORTS)('over %s', (transport) => {
    test.each(BURSTS)('gets a burst of %s, and stays', async (_burst, count, length) => {
      const url = `http://127.0.0.1:${await start()}/reading`;
      await reads(await connect(url, { transport: HttpTransportType[transport] }), 'Burst', count, length);
    });
  });

  test.runIf(isThere)(
    'gets what is steadily sent with stateful reconnect, more than fits between two acknowledgements',
    async () => {
      const client = new HubConnectionBuilder()
        .withUrl(`http://127.0.0.1:${await start()}/reading`)
        .withStatefulReconnect()
        .configureLogging(LogLevel.None)
        .build();
      onTestFinished(() => client.stop());
      await client.start();
      await reads(client, 'Steadily', ...STEADY);
    },
  );
});
