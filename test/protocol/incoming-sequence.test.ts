import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { IncomingSequence } from '../../src/protocol/incoming-sequence.ts';
import { property } from '../support/property.ts';

/** A step of one client: it sends some more messages, or begins again at one that it has sent before. */
const histories = fc.array(
  fc.oneof(fc.record({ more: fc.nat(5) }), fc.record({ from: fc.double({ min: 0, max: 1, noNaN: true }) })),
  { maxLength: 40, size: 'max' },
);

describe('the numbers of the messages of a client', () => {
  const plan = { runs: 300, sometimes: ['a message comes again'] } as const;
  property(
    'take each message once, however often it comes again, in its order',
    [histories],
    plan,
    (history, reached) => {
      const sequence = new IncomingSequence();
      const taken: number[] = [];
      let next = 1;
      for (const step of history) {
        if ('from' in step) {
          next = 1 + Math.floor(step.from * sequence.latest);
          sequence.restart(next);
        } else {
          for (let n = 0; n < step.more; n++) {
            if (sequence.take()) taken.push(next);
            else reached('a message comes again');
            next += 1;
          }
        }
        expect(taken).toEqual(Array.from({ length: sequence.latest }, (_, at) => at + 1));
      }
    },
  );

  property('refuse to begin behind a gap', [fc.nat(20), fc.integer({ min: 2 })], 100, (received, gap) => {
    const sequence = new IncomingSequence();
    for (let n = 0; n < received; n++) sequence.take();
    const refusal = new ProtocolError("Sequence ID greater than amount of messages we've received.");
    expect(() => sequence.restart(received + gap)).toThrow(refusal);
    expect(() => sequence.restart(received + 1)).not.toThrow();
  });

  test('let a client begin behind what it knows to have arrived, though it has not sent that again', () => {
    const sequence = new IncomingSequence();
    for (let n = 0; n < 10; n++) sequence.take();
    // It reconnects, is cut off while it sends 3 to 10 again, and meanwhile gets an Ack for all ten.
    sequence.restart(3);
    sequence.take();
    expect(() => sequence.restart(11)).not.toThrow();
    expect(sequence.take()).toBe(true);
  });

  const any = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -3, max: 5 }));
  const read = { runs: 200, sometimes: ['taken', 'refused'] } as const;
  property('are read from any number that a client may send', [any], read, (number, reached) => {
    const sequence = new IncomingSequence();
    sequence.take();
    try {
      sequence.restart(number);
      reached('taken');
      expect(number).toBeLessThanOrEqual(2);
    } catch (error) {
      reached('refused');
      expect(error).toBeInstanceOf(ProtocolError);
      expect(number < 1 || number > 2).toBe(true);
    }
  });

  test('are to be said when something has come, also when it has come before', () => {
    const sequence = new IncomingSequence();
    expect(sequence.needsAck).toBe(false);
    sequence.take();
    expect(sequence.needsAck).toBe(true);
    sequence.acked();
    expect(sequence.needsAck).toBe(false);
    sequence.restart(1);
    sequence.take();
    expect(sequence).toMatchObject({ needsAck: true, latest: 1 });
  });
});
