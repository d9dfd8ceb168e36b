import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeptEntries } from '../../../src/backplane/history/kept-entry.ts';
import { Envelopes } from '../../../src/backplane/wire/envelope.ts';
import { writeInvocation } from '../../../src/backplane/wire/items.ts';
import type { Codec } from '../../../src/protocol/codec.ts';
import { CODECS } from '../../../src/protocol/codecs.ts';
import { EncodedMessage } from '../../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../../src/protocol/json.ts';
import { messagePackCodec } from '../../../src/protocol/messagepack.ts';
import { property } from '../../support/property.ts';

const SECRET = 'secret of all nodes';
const invocation = { type: 1, target: 'Heard', arguments: ['text', 5] } as const;

function entries({ bootId = 'a', secret = SECRET, codecs = CODECS as readonly Codec[] } = {}) {
  return new KeptEntries(new Envelopes(bootId, secret), codecs);
}

function message(codecs: readonly Codec[] = CODECS): EncodedMessage {
  return EncodedMessage.broadcast(invocation, codecs, { conflate: 'key', policy: 'dropOldest' }, 'c1');
}

describe('a message in an entry of a log', () => {
  test('is read by every node, with its options and exceptions, in each protocol', () => {
    const written = message();
    const read = entries({ bootId: 'b' }).read('log', entries().write('log', written, ['c2', 'c3']));
    expect(read?.except).toEqual(['c2', 'c3']);
    const { conflate, policy, sender, droppable, tracked } = read?.message ?? {};
    expect({ conflate, policy, sender, droppable, tracked }).toEqual({
      ...{ conflate: 'key', policy: 'dropOldest', sender: 'c1', droppable: true, tracked: true },
    });
    for (const codec of CODECS) expect(read?.message.bytes(codec)).toEqual(written.bytes(codec));
  });

  test('is read by the node that has written it', () => {
    const own = entries();
    expect(own.read('log', own.write('log', message(), []))?.except).toEqual([]);
  });

  test('is written anew for a protocol that the other node does not have', () => {
    const bytes = entries({ codecs: [jsonCodec] }).write('log', message([jsonCodec]), []);
    const read = entries({ codecs: [jsonCodec, messagePackCodec] }).read('log', bytes);
    expect(read?.message.bytes(messagePackCodec)).toEqual(messagePackCodec.write(invocation));
  });

  test.each([
    ['of another log', entries().write('another', message(), [])],
    ['signed with another secret', entries({ secret: 'another' }).write('log', message(), [])],
    ['that is not signed', new KeptEntries(new Envelopes('a', undefined), CODECS).write('log', message(), [])],
    ['without a message', new Envelopes('a', SECRET).write('log', { number: 1, previous: 0, items: [] })],
    [
      'with an item of another kind',
      new Envelopes('a', SECRET).write('log', {
        ...{ number: 1, previous: 0 },
        items: [writeInvocation({ hub: 'h', connectionId: 'c', invocationId: 'i', payloads: [] })],
      }),
    ],
    ['with an item that is none', new Envelopes('a', SECRET).write('log', { number: 1, previous: 0, items: [5] })],
    ['without content', new Uint8Array()],
  ])('is not read out of an entry %s', (_what, bytes) => {
    expect(entries().read('log', bytes)).toBe(undefined);
  });

  property(
    'is not read out of an entry that was changed, and nothing is thrown',
    [fc.nat(10_000), fc.integer({ min: 1, max: 255 })],
    { runs: 500 },
    (at, change) => {
      const bytes = entries().write('log', message(), ['c2']);
      const where = at % bytes.length;
      bytes[where] = (bytes[where] as number) ^ change;
      expect(entries().read('log', bytes)).toBe(undefined);
    },
  );
});
