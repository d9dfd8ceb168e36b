import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countOf, nameOf, textOf, textsOf, writeName } from '../../src/backplane/wire/fields.ts';
import {
  readBeacon,
  readInvocation,
  readMessage,
  readSent,
  readToConnections,
  writeBeacon,
  writeInvocation,
  writeMessage,
  writeSent,
  writeToConnections,
} from '../../src/backplane/wire/items.ts';
import { readAnswer, readQuestion, writeAnswer, writeQuestion } from '../../src/backplane/wire/questions.ts';
import { readValue, writeValue } from '../../src/backplane/wire/values.ts';
import { SLOW_CONSUMER_POLICIES } from '../../src/protocol/encoded-message.ts';
import { property } from '../support/property.ts';

const text = fc.string({ unit: 'grapheme' });
const anyText = fc.string({ unit: fc.oneof(fc.constantFrom('\ud800', '\udc00', '"'), fc.string({ minLength: 1 })) });
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const options = fc.record({
  sender: fc.option(text, { nil: undefined }),
  conflate: fc.option(text, { nil: undefined }),
  policy: fc.option(fc.constantFrom(...SLOW_CONSUMER_POLICIES), { nil: undefined }),
});
const sent = fc.record({
  latest: fc.option(count, { nil: undefined }),
  unknownUpTo: count,
  channels: fc.array(fc.tuple(text, count)),
});
/** Goes through the bytes of an envelope. */
const carried = (item: readonly unknown[]) => readValue(writeValue(item)) as readonly unknown[];

describe('items', () => {
  property('of messages are read as they were written', [options, fc.array(text)], 200, (message, texts) => {
    const payloads = ['json', Buffer.from('{}')];
    const read = readMessage(carried(writeMessage(payloads, message, texts)));
    expect(read).toMatchObject({ ...message, except: texts });
    expect(readToConnections(carried(writeToConnections('/hub', texts, payloads, message)))).toMatchObject({
      ...message,
      hub: '/hub',
      ids: texts,
    });
  });

  property('of beacons and questions are, too', [anyText, sent, count], 200, (name, all, id) => {
    const nodeId = `n${name}`;
    const logs = [{ log: name.toWellFormed(), epoch: 'e', last: id, removals: 3 }];
    const beacon = { nodeId, sent: all, logs };
    expect(readBeacon(carried(writeBeacon(beacon)))).toEqual(beacon);
    // Older versions name no logs.
    expect(readBeacon(carried(writeBeacon(beacon).slice(0, -1)))).toEqual({ ...beacon, logs: [] });
    expect(readSent(carried(writeSent(all)))).toEqual(all);
    for (const hub of [null, '/hub']) {
      const question = { id, nodeId, name: 'count', hub };
      expect(readQuestion(carried(writeQuestion(question, writeValue([id]))))).toEqual({ ...question, args: [id] });
    }
    expect(readAnswer(carried(writeAnswer(id, 1, writeValue('no'))))).toEqual({ id, status: 1, value: 'no' });
  });

  test('of invocations are read, with ids that can be', () => {
    const item = { hub: '/hub', connectionId: 'c', invocationId: 's1.abcde-c', payloads: ['json'] };
    expect(readInvocation(carried(writeInvocation(item)))).toEqual(item);
    expect(readInvocation(writeInvocation({ ...item, invocationId: 's'.repeat(201) }))).toBeUndefined();
  });

  property('with any other fields are left out, and throw nothing', [fc.array(fc.anything())], 1_000, (fields) => {
    const read = [readMessage, readToConnections, readInvocation, readBeacon, readSent, readQuestion, readAnswer];
    for (const one of read) {
      const value = one([1, ...fields]);
      if (value !== undefined) expect(typeof value).toBe('object');
    }
  });

  test('with one field that cannot be are left out', () => {
    const message = { sender: undefined, conflate: undefined, policy: undefined };
    const whole = writeMessage([], message, []);
    expect(readMessage(whole)).toEqual({ ...message, payloads: [], except: [] });
    for (const [at, value] of [
      [2, 1],
      [3, 1],
      [4, 'dropAll'],
      [5, 'x'],
      [5, [1]],
    ] as const)
      expect(readMessage(whole.with(at, value)), `${at}`).toBeUndefined();
    const beacon = writeBeacon({ nodeId: 'n', sent: { latest: 1, unknownUpTo: 0, channels: [['c', 1]] }, logs: [] });
    for (const [at, value] of [
      [1, 'n'],
      [1, '""'],
      [2, -1],
      [2, undefined],
      [3, null],
      [4, ['c', '1']],
      [4, [1, 1]],
      [4, 'c'],
      [5, 'c'],
      [5, ['log', 'epoch', -1, 0]],
      [5, ['log', 'epoch', 1, 'x']],
      [5, [1, 'epoch', 1, 0]],
      [5, ['log', 1, 1, 0]],
    ] as const)
      expect(readBeacon(beacon.with(at, value)), `${at}`).toBeUndefined();
    expect(readAnswer([6, 1, 4, writeValue(1)])).toBeUndefined();
    expect(readQuestion([5, 1, '"n"', 'count', null, writeValue('no list')])).toBeUndefined();
    expect(readQuestion([5, 1, '"n"', 'count', 7, writeValue([])])).toBeUndefined();
  });

  test('of later versions have further fields, which are not read', () => {
    const message = { sender: 'a', conflate: undefined, policy: undefined };
    expect(readMessage([...writeMessage([], message, []), 'more'])).toMatchObject(message);
  });
});

describe('fields', () => {
  property('of names keep lone surrogates', [anyText], 200, (name) => {
    expect(nameOf(writeName(name))).toBe(name === '' ? undefined : name);
    expect(writeName(name).isWellFormed()).toBe(true);
  });

  test('are what they have to be', () => {
    for (const value of [-1, 1.5, 2 ** 53, '1', null, Number.NaN]) expect(countOf(value)).toBeUndefined();
    expect(countOf(0)).toBe(0);
    expect([textOf('abc', 3), textOf('abcd', 3), textOf(1)]).toEqual(['abc', undefined, undefined]);
    expect([textsOf(['a']), textsOf(['a', 1]), textsOf('a')]).toEqual([['a'], undefined, undefined]);
    for (const value of ['x', '1', 'null', '', 1]) expect(nameOf(value)).toBeUndefined();
  });

  test('that are values are bytes of their own', () => {
    expect(readValue(writeValue({ a: [1, 'x', null] }))).toEqual({ a: [1, 'x', null] });
    expect(readValue(Uint8Array.of(0xc1))).toBeUndefined();
    expect(readValue('text')).toBeUndefined();
  });
});
