// A client with stateful reconnect that comes back again and again. Each time everything unacknowledged is sent to it
// again.
import { expect, test } from 'vitest';
import { ask, upgradeRequest } from '../support/raw-http.ts';
import { openRawReturning } from '../support/raw-returning.ts';
import { Victim } from './victim.ts';

const MESSAGES = 9;
const MESSAGE_BYTES = 10_000;
const ATTEMPTS = 40;
/** Number of times that a client may come back within 10 s. */
const RETURNS = 10;

test('a client that comes back all the time is let go, with what was kept for it', async () => {
  const victim = new Victim({ hub: { allowStatefulReconnects: true } });
  const { port } = await victim.ask('listen');
  const { client, path } = await openRawReturning(port);
  for (let n = 0; n < MESSAGES; n++) await client.invoke('Echo', 'x'.repeat(MESSAGE_BYTES));
  client.socket.destroy();
  const statuses: number[] = [];
  for (let n = 0; n < ATTEMPTS; n++) statuses.push((await ask(port, upgradeRequest(path))).status);
  expect(statuses.filter((status) => status === 101)).toHaveLength(RETURNS);
  expect(statuses[RETURNS]).toBe(404);
  await victim.until('connections', 0);
  expect(await victim.ask('figures')).toMatchObject({ detached: 0, detachedBytes: 0 });
});
