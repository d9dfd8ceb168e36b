// An inspector that does not read costs a limited amount of memory, and no time of other clients.
import { expect, test } from 'vitest';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { callsTo, connect } from '../support/clients.ts';
import { exchange, upgradeRequest } from '../support/raw-http.ts';
import { actorNamed, startInspected } from './inspected-server.ts';

// On a clock that stands still, so that nothing can have waited for a time.
test('an inspector that does not read is dropped; hub traffic and other inspectors go on', async () => {
  const { server, inspector, log, port, url, receive } = await startInspected({ clock: new SimulatedClock() });
  const [ann, bob] = [await connect(url), await connect(url)];
  const heard = callsTo<[string, string]>(bob, 'ReceiveMessage');
  const seen = receive();
  const actor = await actorNamed(seen, ann.connectionId as string);
  // Paused as soon as the upgrade has been answered, and never resumed.
  const { socket } = await exchange(port, upgradeRequest('/inspect'));
  const gone = new Promise((resolve) => socket.once('close', resolve));
  expect(inspector.clients).toBe(2);

  const [connection] = server.supervisor.connections();
  let turns = 0;
  while (inspector.dropped === 0) {
    // A burst of transitions that change nothing; then the loop turns, so that whoever reads can read.
    for (let n = 0; n < 50; n++) connection?.send({ type: 'connect.succeeded' });
    await ann.invoke('SendMessage', `turn ${turns}`);
    turns += 1;
  }
  await heard.until(turns);
  expect(heard.all.map(([, text]) => text)).toEqual(Array.from({ length: turns }, (_, n) => `turn ${n}`));
  expect(log.lines).toContainEqual(
    expect.objectContaining({ level: 'warn', text: 'an inspector did not keep up and was dropped' }),
  );

  expect([inspector.clients, inspector.dropped]).toEqual([1, 1]);
  await seen.first(({ type, sessionId }) => type === '@xstate.event' && sessionId === actor.sessionId);
  const carol = await connect(url);
  await actorNamed(seen, carol.connectionId as string);
  socket.resume();
  await gone;
});
