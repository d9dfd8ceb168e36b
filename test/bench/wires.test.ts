import { describe, expect, test } from 'vitest';
import { bare } from '../../bench/load/bare.ts';
import { watchFor } from '../../bench/load/client.ts';
import type { Dialect } from '../../bench/load/dialect.ts';
import { envelopes } from '../../bench/load/envelopes.ts';
import { payloadOf } from '../../bench/load/stamps.ts';
import { BARE, ENVELOPES, type Wire } from '../../bench/peers/wires.ts';
import { MessageType, type ServerMessage } from '../../src/protocol/messages.ts';
import { plainCodec } from '../../src/protocol/plain.ts';
import { RecordBuffer } from '../../src/protocol/record-buffer.ts';

const DATA = payloadOf(128);
const LIMITS = { maximumBytes: 32_768, maximumValues: 65_536 };
const TIMESTAMP = /"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/;

/** A message without its time, for messages that have one. */
const untimed = (message: string) => message.replace(TIMESTAMP, '"timestamp":"then"');

// The generator recognises a message by its length and the place of its mark. It must get the same from all servers.
function expectDelivery(dialect: Dialect, message: string): void {
  const known = watchFor(dialect.delivery(DATA), () => {});
  const written = watchFor(message, () => {});
  expect([written.length, written.mark]).toEqual([known.length, known.mark]);
  expect(untimed(message)).toBe(untimed(dialect.delivery(DATA)));
}

const WIRES: readonly (readonly [name: string, dialect: Dialect, wire: Wire])[] = [
  ['bare JSON', bare, BARE],
  ['envelopes', envelopes, ENVELOPES],
];

describe.each(WIRES)('the servers on ws, with %s', (_name, dialect, wire) => {
  test('read what the generator says', () => {
    expect(wire.read(dialect.echo(10, DATA))).toEqual({ op: 'echo', id: 10, data: DATA });
    expect(wire.read(dialect.broadcast(DATA))).toEqual({ op: 'broadcast', data: DATA });
    expect(wire.read(dialect.whisper('id', DATA))).toEqual({ op: 'whisper', to: 'id', data: DATA });
    expect(wire.read(dialect.join(10, 'group'))).toEqual({ op: 'join', id: 10, group: 'group' });
    expect(wire.read(dialect.toGroup('group', DATA))).toEqual({ op: 'toGroup', group: 'group', data: DATA });
  });

  test('say what the generator expects', () => {
    expectDelivery(dialect, JSON.stringify(wire.message(DATA)));
    expect(untimed(JSON.stringify(wire.answer(10, DATA)))).toBe(untimed(dialect.echoed(10, DATA)));
    expect(JSON.stringify(wire.answer(10, undefined)).startsWith(dialect.joined(10))).toBe(true);
  });

  test('tell a client its connection id when it comes, or when it asks', () => {
    const asked = dialect.handshake === undefined ? undefined : wire.read(dialect.handshake);
    const told = wire.welcome('my id') ?? wire.answer(asked?.op === 'id' ? asked.id : Number.NaN, 'my id');
    expect(dialect.isReady(JSON.stringify(told))).toBe(true);
    expect(dialect.idIn(JSON.stringify(told))).toBe('my id');
  });
});

describe('signalbox, with envelopes', () => {
  const codec = plainCodec({ wallNow: Date.now, isStream: () => false, isListenOnly: false });
  const written = (message: ServerMessage) => codec.write(message).toString('latin1');
  const read = (message: string) => {
    const input = new RecordBuffer('one');
    input.append(Buffer.from(message, 'latin1'), true);
    return codec.read(input, LIMITS);
  };

  test('reads what the generator says', () => {
    const id = '10';
    expect(read(envelopes.echo(10, DATA))).toMatchObject({ target: 'Echo', arguments: [DATA], invocationId: id });
    expect(read(envelopes.broadcast(DATA))).toMatchObject({ target: 'Broadcast', arguments: [DATA] });
    expect(read(envelopes.whisper('id', DATA))).toMatchObject({ target: 'Whisper', arguments: ['id', DATA] });
    expect(read(envelopes.join(10, 'g'))).toMatchObject({ target: 'Join', arguments: ['g'], invocationId: id });
    expect(read(envelopes.toGroup('g', DATA))).toMatchObject({ target: 'ToGroup', arguments: ['g', DATA] });
  });

  test('says what the generator expects', () => {
    expectDelivery(envelopes, written({ type: MessageType.Invocation, target: 'm', arguments: [DATA] }));
    const answer = (invocationId: string, result: unknown) =>
      written({ type: MessageType.Completion, invocationId, result });
    expect(untimed(answer('10', DATA))).toBe(untimed(envelopes.echoed(10, DATA)));
    expect(answer('10', null).startsWith(envelopes.joined(10))).toBe(true);
    expect(envelopes.isReady(answer('0', 'my id'))).toBe(true);
    expect(envelopes.idIn(answer('0', 'my id'))).toBe('my id');
  });
});
