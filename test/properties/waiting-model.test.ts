import fc from 'fast-check';
import { expect } from 'vitest';
import { EncodedMessage } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { WaitingQueue } from '../../src/routing/waiting-queue.ts';
import { property } from '../support/property.ts';
import { SharesModel } from './shares-model.ts';

/** A waiting message in the model. */
interface Item extends Pick<EncodedMessage, 'droppable' | 'sender'> {
  readonly message: EncodedMessage;
  readonly bytes: number;
}

const SENDERS = [undefined, ...'abcdefgh'];
const size = fc.integer({ min: 0, max: 50 });
const sender = fc.constantFrom(...SENDERS);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ does: fc.constant('push' as const), size, sender, conflate: fc.option(fc.nat(9)) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('answer' as const), size }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('take' as const), bytes: fc.nat(300) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('conflate' as const), key: fc.nat(9) }) },
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constantFrom('oldest' as const, 'newest' as const, 'greediest' as const) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('compare' as const), sender, size }) },
);

/** The message that is dropped, by the simplest algorithm. */
function victim(queue: readonly Item[], which: 'oldest' | 'newest' | 'greediest', shares: SharesModel) {
  const droppable = queue.filter((item) => item.droppable);
  if (which === 'oldest') return droppable[0];
  return which === 'newest' ? droppable.at(-1) : shares.greediest(queue);
}

property(
  'what waits is one line, whatever is taken out of it, and whoever asks who has most',
  [fc.array(step, { maxLength: 300, size: 'max' })],
  {
    runs: 300,
    sometimes: [
      'some is taken',
      'one with a key is replaced',
      'one of a sender with most is dropped',
      'nothing can be dropped',
      'somebody would have most',
    ],
  },
  (steps, reached) => {
    const waiting = new WaitingQueue();
    const shares = new SharesModel();
    let queue: Item[] = [];
    const become = (items: Item[]): void => {
      queue = items;
      shares.changed(queue);
    };
    const push = (message: EncodedMessage): void => {
      const bytes = message.bytes(jsonCodec).length;
      waiting.push(message, bytes);
      const { droppable, sender: from } = message;
      become([...queue, { message, bytes, droppable, sender: from }]);
    };
    for (const one of steps) {
      switch (one.does) {
        case 'push': {
          const invocation = { type: 1, target: 'm', arguments: ['x'.repeat(one.size)] } as const;
          const options = one.conflate === null ? {} : { conflate: String(one.conflate) };
          // As in a lane, a new message replaces the waiting one with the same key.
          if (options.conflate !== undefined && waiting.removeKey(options.conflate)) {
            reached('one with a key is replaced');
            become(queue.filter(({ message }) => message.conflate !== options.conflate));
          }
          push(EncodedMessage.broadcast(invocation, [jsonCodec], options, one.sender));
          break;
        }
        case 'answer':
          push(EncodedMessage.reply({ type: 3, invocationId: '1', result: 'x'.repeat(one.size) }, jsonCodec));
          break;
        case 'take': {
          const batch = waiting.take(one.bytes, jsonCodec);
          expect(batch).toEqual(queue.slice(0, batch.length).map(({ message }) => message));
          become(queue.slice(batch.length));
          reached('some is taken', batch.length > 0 && queue.length > 0);
          const taken = batch.reduce((sum, message) => sum + message.bytes(jsonCodec).length, 0);
          if (queue.length > 0) expect(taken).toBeGreaterThanOrEqual(one.bytes);
          break;
        }
        case 'conflate':
          expect(waiting.removeKey(String(one.key))).toBe(
            queue.some(({ message }) => message.conflate === String(one.key)),
          );
          become(queue.filter(({ message }) => message.conflate !== String(one.key)));
          break;
        case 'compare':
          reached('somebody would have most', shares.wouldHaveMost(queue, one.sender, one.size) && queue.length > 1);
          expect(waiting.wouldHaveMost(one.sender, one.size)).toBe(shares.wouldHaveMost(queue, one.sender, one.size));
          break;
        default: {
          const goes = victim(queue, one.does, shares);
          reached('one of a sender with most is dropped', goes !== undefined && one.does === 'greediest');
          reached('nothing can be dropped', goes === undefined && queue.length > 0);
          expect(waiting.removeDroppable(one.does)).toBe(goes !== undefined);
          become(queue.filter((item) => item !== goes));
        }
      }
      expect(waiting.length).toBe(queue.length);
      expect(waiting.bytes).toBe(queue.reduce((sum, { bytes }) => sum + bytes, 0));
    }
    expect(waiting.take(Number.POSITIVE_INFINITY, jsonCodec)).toEqual(queue.map(({ message }) => message));
  },
);
