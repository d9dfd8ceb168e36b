import fc from 'fast-check';
import { expect } from 'vitest';
import { EncodedMessage } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { WaitingQueue } from '../../src/routing/waiting-queue.ts';
import { property } from '../support/property.ts';
import { PlainShares } from './plain-shares.ts';

/** One that waits, in the model. */
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

/** Which one is dropped, in the plainest words. */
function victim(line: readonly Item[], which: 'oldest' | 'newest' | 'greediest', shares: PlainShares) {
  const droppable = line.filter((item) => item.droppable);
  if (which === 'oldest') return droppable[0];
  return which === 'newest' ? droppable.at(-1) : shares.greediest(line);
}

property(
  'what waits is one line, whatever is taken out of it, and whoever asks who has most',
  [fc.array(step, { maxLength: 300, size: 'max' })],
  300,
  (steps) => {
    const waiting = new WaitingQueue();
    const shares = new PlainShares();
    let line: Item[] = [];
    const become = (items: Item[]): void => {
      line = items;
      shares.changed(line);
    };
    const push = (message: EncodedMessage): void => {
      const bytes = message.bytes(jsonCodec).length;
      waiting.push(message, bytes);
      const { droppable, sender: from } = message;
      become([...line, { message, bytes, droppable, sender: from }]);
    };
    for (const one of steps) {
      switch (one.does) {
        case 'push': {
          const invocation = { type: 1, target: 'm', arguments: ['x'.repeat(one.size)] } as const;
          const options = one.conflate === null ? {} : { conflate: String(one.conflate) };
          // As in a lane, the newest of a key takes the place of the one before.
          if (options.conflate !== undefined && waiting.removeKey(options.conflate)) {
            become(line.filter(({ message }) => message.conflate !== options.conflate));
          }
          push(EncodedMessage.broadcast(invocation, [jsonCodec], options, one.sender));
          break;
        }
        case 'answer':
          push(EncodedMessage.reply({ type: 3, invocationId: '1', result: 'x'.repeat(one.size) }, jsonCodec));
          break;
        case 'take': {
          const batch = waiting.take(one.bytes, jsonCodec);
          expect(batch).toEqual(line.slice(0, batch.length).map(({ message }) => message));
          become(line.slice(batch.length));
          const taken = batch.reduce((sum, message) => sum + message.bytes(jsonCodec).length, 0);
          if (line.length > 0) expect(taken).toBeGreaterThanOrEqual(one.bytes);
          break;
        }
        case 'conflate':
          expect(waiting.removeKey(String(one.key))).toBe(
            line.some(({ message }) => message.conflate === String(one.key)),
          );
          become(line.filter(({ message }) => message.conflate !== String(one.key)));
          break;
        case 'compare':
          expect(waiting.wouldHaveMost(one.sender, one.size)).toBe(shares.wouldHaveMost(line, one.sender, one.size));
          break;
        default: {
          const goes = victim(line, one.does, shares);
          expect(waiting.removeDroppable(one.does)).toBe(goes !== undefined);
          become(line.filter((item) => item !== goes));
        }
      }
      expect(waiting.length).toBe(line.length);
      expect(waiting.bytes).toBe(line.reduce((sum, { bytes }) => sum + bytes, 0));
    }
    expect(waiting.take(Number.POSITIVE_INFINITY, jsonCodec)).toEqual(line.map(({ message }) => message));
  },
);
