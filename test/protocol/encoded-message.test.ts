import { describe, expect, test } from 'vitest';
import { SerializationError } from '../../src/errors.ts';
import type { Codec } from '../../src/protocol/codec.ts';
import { EncodedMessage } from '../../src/protocol/encoded-message.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { messagePackCodec } from '../../src/protocol/messagepack.ts';

const invocation = (...args: unknown[]) => ({ type: 1, target: 'Heard', arguments: args }) as const;

describe('an encoded message', () => {
  test('is written once for each codec, when it is made', () => {
    let writes = 0;
    const counting: Codec = {
      ...jsonCodec,
      write(message) {
        writes += 1;
        return jsonCodec.write(message);
      },
    };
    const message = EncodedMessage.broadcast(invocation(1), [counting, jsonCodec], {});
    expect(writes).toBe(1);
    expect(message.bytes(counting)).toBe(message.bytes(counting));
    expect(message.bytes(jsonCodec)).not.toBe(message.bytes(counting));
    expect(writes).toBe(1);
  });

  test('is written in more protocols when that is asked for, and in each once', () => {
    const message = EncodedMessage.broadcast(invocation(1), [jsonCodec], {});
    const json = message.bytes(jsonCodec);
    message.encode(invocation(1), [jsonCodec, messagePackCodec]);
    expect(message.bytes(jsonCodec)).toBe(json);
    expect(message.bytes(messagePackCodec)).toEqual(messagePackCodec.write(invocation(1)));
  });

  test('does not change with its arguments', () => {
    const list = [1];
    const message = EncodedMessage.broadcast(invocation(list), [jsonCodec], {});
    list.push(2);
    expect(message.bytes(jsonCodec).toString()).toBe('{"type":1,"target":"Heard","arguments":[[1]]}\x1e');
  });

  test('may be dropped when it is a call of a client, and not when somebody waits for it', () => {
    const completion = { type: 3, invocationId: '1', result: 1 } as const;
    expect(EncodedMessage.broadcast(invocation(), [jsonCodec], {}).droppable).toBe(true);
    expect(EncodedMessage.invocation(invocation(), [jsonCodec]).droppable).toBe(false);
    expect(EncodedMessage.reply(completion, jsonCodec).droppable).toBe(false);
    expect(EncodedMessage.raw(Buffer.from('{}\x1e'), jsonCodec).droppable).toBe(false);
  });

  test('carries what its sender said about it', () => {
    const options = { conflate: 'typing', policy: 'dropOldest' } as const;
    expect(EncodedMessage.broadcast(invocation(), [jsonCodec], options)).toMatchObject(options);
    const reply = EncodedMessage.reply({ type: 6 }, jsonCodec);
    expect(reply.conflate).toBeUndefined();
    expect(reply.policy).toBeUndefined();
  });

  test('is refused at its sender when it cannot be written', () => {
    expect(() => EncodedMessage.broadcast(invocation(1n), [jsonCodec], {})).toThrow(SerializationError);
    expect(() => EncodedMessage.reply({ type: 3, invocationId: '1', result: Symbol('s') }, jsonCodec)).toThrow(
      SerializationError,
    );
  });

  test('says so when nobody wrote it for a codec', () => {
    const message = EncodedMessage.broadcast(invocation(), [jsonCodec], {});
    expect(() => message.bytes(messagePackCodec)).toThrow('The message was not encoded for the messagepack protocol.');
  });
});
