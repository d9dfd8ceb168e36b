// Unknown clients that connect and leave, to use up the places of clients that want to come back.
import { describe, expect, test } from 'vitest';
import { ask, upgradeRequest } from '../support/raw-http.ts';
import { openRawReturning } from '../support/raw-returning.ts';
import { Victim, type VictimOptions } from './victim.ts';

const STRANGER = '127.0.0.2';
const BATCH = 20;

async function attacked(detachedConnections: NonNullable<VictimOptions['server']>['detachedConnections'] & object) {
  const victim = new Victim({ hub: { allowStatefulReconnects: true }, server: { detachedConnections } });
  const { port } = await victim.ask('listen');
  const honest = await openRawReturning(port);
  honest.client.socket.destroy();
  const leave = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += BATCH) {
      const strangers = await Promise.all(Array.from({ length: BATCH }, () => openRawReturning(port, STRANGER)));
      for (const { client } of strangers) client.socket.destroy();
    }
  };
  const comeBack = async (): Promise<number> => (await ask(port, upgradeRequest(honest.path))).status;
  return { victim, port, leave, comeBack };
}

describe('an honest client that is away for a moment comes back to its connection', () => {
  test('however many empty seats strangers leave', async () => {
    const limitConnections = 100;
    const { victim, leave, comeBack } = await attacked({ limitConnections });
    await leave(3 * limitConnections);
    await victim.until('detached', limitConnections);
    expect(await comeBack()).toBe(101);
  });

  test('however much is said to them meanwhile', async () => {
    const limitBytes = 200_000;
    const { victim, port, leave, comeBack } = await attacked({ limitBytes });
    await leave(60);
    await victim.until('detached', 61);
    const talker = await openRawReturning(port, STRANGER);
    for (let n = 0; n < 4; n++) await talker.client.invoke('Say', 'x'.repeat(10_000));
    const { detached, detachedBytes } = await victim.ask('figures');
    expect(detached).toBeLessThan(20);
    expect(detachedBytes).toBeLessThanOrEqual(limitBytes);
    expect(await comeBack()).toBe(101);
  });
});
