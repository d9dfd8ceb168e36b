import { expect, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { HealthyClient, Victim } from './victim.ts';

test('an innocent client beside a server in peace is answered, and the server tells what it costs', async () => {
  const victim = new Victim();
  const { port } = await victim.ask('listen');
  const healthy = await HealthyClient.at(port);
  const client = await RawClient.open(port);
  expect(await client.invoke('Echo', [1])).toMatchObject({ result: [1] });
  expect(await victim.ask('connections')).toBe(2);
  expect((await victim.ask('memory')).heapUsed).toBeGreaterThan(0);
  expect(await healthy.ask('measurements')).toMatchObject({ isGone: false });
});
