// Messages that are being added to a history: the outbox counts them, and takes no more than it has places.
import { expect, test } from 'vitest';
import { RefusedError } from '../../src/errors.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { MemoryNodes } from '../support/memory-nodes.ts';

const hub = setupHub({}).createHub({
  history: { 'room:*': { size: 10, ttlMs: 600_000 } },
  methods: {},
  options: { outboxes: { broadcast: { capacity: 2 } } },
});

/** The outcome of a message: its number in the history, or the name of the error. */
function outcomeOf(sent: Promise<{ readonly offset: number } | undefined>): Promise<number | string | undefined> {
  return sent.then(
    (position) => position?.offset,
    (error: Error) => (error instanceof RefusedError ? error.message : error.name),
  );
}

test('an outbox refuses a message to a history when all its places wait for the backplane', async () => {
  const nodes = await MemoryNodes.linked(2, () => hub);
  const { server } = nodes.at(0);
  const { clients } = server.parts.context(hub);
  const { broadcast } = server.host;
  const say = (group: string) => outcomeOf(clients.group(group).send('Heard', 'text'));
  const sent = [say('room:1'), say('room:1'), say('room:2'), say('other')];
  expect(broadcast.depth).toBe(2);
  await nodes.settle();
  const full = 'The broadcast outbox of /hub holds back as many messages as it may: 2 (outboxes.broadcast.capacity).';
  // What keeps its sender's order is held behind them.
  expect(await Promise.all(sent)).toEqual([1, 2, full, full]);
  expect(broadcast.figures()).toMatchObject({ accepted: 4, delivered: 2, droppedBy: { full: 2 }, queued: 0, depth: 0 });
  const again = say('room:2');
  await nodes.settle();
  expect(await again).toBe(1);
});

test('a message that is there already counts as a duplicate', async () => {
  const nodes = await MemoryNodes.linked(1, () => hub);
  const { server } = nodes.at(0);
  const room = server.parts.context(hub).clients.group('room:1').with({ messageId: 'one' });
  const sent = [outcomeOf(room.send('Heard', 'text')), outcomeOf(room.send('Heard', 'text'))];
  await nodes.settle();
  expect(await Promise.all(sent)).toEqual([1, 1]);
  expect(server.host.broadcast.figures()).toMatchObject({ delivered: 1, droppedBy: { duplicate: 1 }, queued: 0 });
});
