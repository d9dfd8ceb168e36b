import { expect, test } from 'vitest';
import { connect } from '../support/clients.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { startServer } from '../support/test-server.ts';

/** Events that end a process unless it has a listener for them. */
const EVENTS = ['uncaughtException', 'uncaughtExceptionMonitor', 'unhandledRejection', 'SIGTERM', 'SIGINT', 'SIGHUP'];
const listeners = () => Object.fromEntries(EVENTS.map((event) => [event, process.listenerCount(event)]));

test('a server catches no exception that is not its own, and no signal: what ends a process ends it', async () => {
  const before = listeners();
  const { server, url } = await startServer({ '/hub': emptyHub() });
  const client = await connect(url('/hub'));
  expect(await client.invoke('Echo', 1)).toBe(1);
  expect(listeners()).toEqual(before);
  await client.stop();
  await server.close();
  expect(listeners()).toEqual(before);
});
