import { expect, onTestFinished, test } from 'vitest';
import { type FleetClient, FleetServer, freeDescriptors, openFleet } from '../support/fleet.ts';
import { eventually } from '../support/inbox.ts';
import { negotiate } from '../support/raw-negotiation.ts';
import { Opcode } from '../support/websocket-frames.ts';

const WANTED = 10_000;
/** Descriptors that this process needs for everything else. */
const RESERVE = 300;
const COUNT = Math.min(WANTED, freeDescriptors(WANTED + RESERVE) - RESERVE);
/** Number of clients that negotiate. Each negotiates over a connection of its own, which is closed again. */
const NEGOTIATED = Math.floor(COUNT / 10);

const NOTHING = { connections: 0, actors: 0, reachable: 0, users: 0, groups: 0, pending: 0, active: 0 };

/** The three ways in which a client can leave. */
const LEAVE: readonly ((client: FleetClient) => void)[] = [
  ({ client }) => client.frame(Opcode.close, Buffer.of(0x03, 0xe8)),
  ({ client }) => client.socket.end(),
  ({ client }) => client.reset(),
];

test(`${COUNT} connections come, are told something, and leave nothing behind`, async () => {
  const server = new FleetServer();
  onTestFinished(() => server.stop());
  const { port } = await server.ask('listen');
  expect(await server.ask('figures')).toEqual({ ...NOTHING, alarms: 0 });

  const fleet = [...(await openFleet(port, COUNT - NEGOTIATED)), ...(await openFleet(port, NEGOTIATED, true))];
  const { alarms, ...full } = await server.ask('figures');
  expect(full).toEqual({
    connections: COUNT,
    actors: COUNT,
    reachable: COUNT,
    users: COUNT,
    // Each has a group of its own, and all share one.
    groups: COUNT + 1,
    pending: 0,
    active: COUNT,
  });
  // At least a keep-alive for each.
  expect(alarms).toBeGreaterThanOrEqual(COUNT);

  await server.ask('broadcast');
  await eventually(() => fleet.every(({ records }) => records === 1));

  for (const [n, client] of fleet.entries()) LEAVE[n % LEAVE.length]?.(client);
  await Promise.all(fleet.map(({ client }) => client.ended));
  expect(await server.ask('emptied')).toMatchObject(NOTHING);
  // One alarm of the hub may still wait for unused negotiations.
  await server.ask('pass');
  expect(await server.ask('figures')).toEqual({ ...NOTHING, alarms: 0 });
  expect(fleet.every(({ records }) => records === 1)).toBe(true);
}, 120_000);

test('negotiations that nobody uses are forgotten with their time', async () => {
  const server = new FleetServer();
  onTestFinished(() => server.stop());
  const { port } = await server.ask('listen');
  for (let n = 0; n < 100; n++) await negotiate(port, '/hub');
  expect(await server.ask('figures')).toEqual({ ...NOTHING, pending: 100, alarms: 1 });
  await server.ask('pass');
  expect(await server.ask('figures')).toEqual({ ...NOTHING, alarms: 0 });
});
