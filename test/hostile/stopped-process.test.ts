// A process that is stopped, as at the breakpoint of a debugger. When it continues, every client that did not leave is
// still there.
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openRaw } from '../support/clients.ts';
import { Victim } from './victim.ts';

const LIMIT_MS = 1_000;
const STOPPED_MS = 1_500;
const PING_MS = 300;
const CLIENTS = 20;

test('clients that speak while the server is stopped are there when it goes on, and those that are silent go', async () => {
  const victim = new Victim({ hub: { clientTimeoutMs: LIMIT_MS, handshakeTimeoutMs: LIMIT_MS } });
  const { port } = await victim.ask('listen');
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => openRaw(port)));
  const ping = () => {
    for (const client of clients) client.send({ type: 6 });
  };
  ping();
  const pinging = setInterval(ping, PING_MS);
  const silent = await openRaw(port);
  silent.send({ type: 6 });
  const handshaking = await openRaw(port, { handshake: false });
  // It has read all of that.
  await silent.invoke('Echo', 1);

  victim.signal('SIGSTOP');
  await wait(STOPPED_MS);
  handshaking.send({ protocol: 'json', version: 1 });
  const late = openRaw(port);
  victim.signal('SIGCONT');

  expect(await handshaking.invoke('Echo', 2)).toMatchObject({ result: 2 });
  expect(await (await late).invoke('Echo', 3)).toMatchObject({ result: 3 });
  for (const client of clients) expect(await client.invoke('Echo', 4)).toMatchObject({ result: 4 });
  expect((await silent.records.first(({ type }) => type === 7)).error).toBe('Connection closed with an error.');
  // Longer than the limit, so that a client that would be cut is cut by now.
  for (const client of clients) expect(await client.invoke('Echo', 5)).toMatchObject({ result: 5 });
  clearInterval(pinging);
});
