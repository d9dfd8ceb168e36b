// Messages that reach clients of ASP.NET Core SignalR at full reading speed: the same bursts as in
// test/integration/healthy-readers.test.ts.
import { HttpTransportType, type HubConnection, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { describe, onTestFinished, test } from 'vitest';
import { testServer } from '../conformance/transcripts.ts';
import { BURSTS, reads } from '../support/reading.ts';

/** As much as ASP.NET Core SignalR sends within 3 s to a client that acknowledges once a second. */
const STEADY = [40, 10_000] as const;

const server = testServer();

async function started(
  transport: HttpTransportType,
  change = (builder: HubConnectionBuilder) => builder,
): Promise<HubConnection> {
  const builder = new HubConnectionBuilder().withUrl(`http://127.0.0.1:${server.port}/reading`, { transport });
  const client = change(builder.configureLogging(LogLevel.None)).build();
  onTestFinished(() => client.stop());
  await client.start();
  return client;
}

describe.each(['WebSockets', 'ServerSentEvents', 'LongPolling'] as const)(
  'a client that reads at full speed over %s',
  (transport) => {
    test.each(BURSTS)('gets a burst of %s, and stays', async (_burst, count, length) => {
      await reads(await started(HttpTransportType[transport]), 'Burst', count, length);
    });
  },
);

test('gets what is steadily sent with stateful reconnect, more than fits between two acknowledgements', async () => {
  const client = await started(HttpTransportType.WebSockets, (builder) => builder.withStatefulReconnect());
  await reads(client, 'Steadily', ...STEADY);
});
