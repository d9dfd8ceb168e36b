import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  negotiateAnswer,
  negotiateRefusal,
  negotiateVersion,
  offeredTransports,
  TRANSPORT_NAMES,
} from '../../src/protocol/negotiate.ts';
import { property } from '../support/property.ts';

const NOT_INTEGER = { error: 'The client requested a non-integer protocol version.' };

describe('the version of a negotiation', () => {
  test('is what was asked for, at most 1, and 0 when nothing was', () => {
    expect(negotiateVersion([], 0)).toEqual({ version: 0 });
    const rows = { '0': 0, '1': 1, '2': 1, '2147483647': 1, ' 1 ': 1, '+1': 1, '001': 1 };
    for (const [text, version] of Object.entries(rows)) expect(negotiateVersion([text], 0)).toEqual({ version });
  });

  test('is refused when it is no 32-bit integer', () => {
    for (const text of ['', ' ', 'a', '1.0', '1e0', '0x1', '2147483648', '99999999999999999999', '1 1', '١']) {
      expect(negotiateVersion([text], 0)).toEqual(NOT_INTEGER);
    }
    // As in ASP.NET Core SignalR, which joins repeated values.
    expect(negotiateVersion(['1', '1'], 0)).toEqual(NOT_INTEGER);
  });

  test('is refused by its number when it is negative', () => {
    expect(negotiateVersion(['-1'], 0)).toEqual({
      error: "The client requested version '-1', but the server does not support this version.",
    });
  });

  test('is refused by its number when it is less than the least', () => {
    const refusal = { error: "The client requested version '0', but the server does not support this version." };
    for (const values of [[], ['0'], [' -0 ']]) expect(negotiateVersion(values, 1)).toEqual(refusal);
    for (const values of [['1'], ['2']]) expect(negotiateVersion(values, 1)).toEqual({ version: 1 });
    expect(negotiateVersion(['x'], 1)).toEqual(NOT_INTEGER);
  });

  property(
    'is 0, 1 or a refusal, whatever was asked',
    [fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.integer().map(String))), fc.constantFrom(0, 1)],
    { runs: 300, sometimes: ['a version', 'a refusal'] },
    (values, least, reached) => {
      const answer = negotiateVersion(values, least);
      reached('error' in answer ? 'a refusal' : 'a version');
      if ('error' in answer) expect(answer.error).toMatch(/^The client requested /);
      else expect([0, 1].slice(least)).toContain(answer.version);
    },
  );
});

describe('what is offered', () => {
  test('is each transport with the formats that it can carry', () => {
    expect(offeredTransports(TRANSPORT_NAMES)).toEqual([
      { transport: 'WebSockets', transferFormats: ['Text', 'Binary'] },
      { transport: 'ServerSentEvents', transferFormats: ['Text'] },
      { transport: 'LongPolling', transferFormats: ['Text', 'Binary'] },
    ]);
  });

  property(
    'is what is wanted, in the order of the original, whatever the order and however often it is named',
    [fc.array(fc.constantFrom(...TRANSPORT_NAMES))],
    50,
    (wanted) => {
      const names = offeredTransports(wanted).map(({ transport }) => transport);
      expect(names).toEqual(TRANSPORT_NAMES.filter((name) => wanted.includes(name)));
    },
  );
});

describe('the answer to a negotiation', () => {
  const transports = [{ transport: 'WebSockets', transferFormats: ['Text'] }] as const;

  test('keeps the token from clients of version 0, who use the id', () => {
    expect(negotiateAnswer(0, 'the id', 'the token', transports)).not.toContain('the token');
    expect(JSON.parse(negotiateAnswer(0, 'the id', 'the token', transports))).toEqual({
      negotiateVersion: 0,
      connectionId: 'the id',
      availableTransports: transports,
    });
  });

  test('has the properties of the original in their order', () => {
    expect(negotiateAnswer(1, 'the id', 'the token', transports)).toBe(
      '{"negotiateVersion":1,"connectionId":"the id","connectionToken":"the token",' +
        '"availableTransports":[{"transport":"WebSockets","transferFormats":["Text"]}]}',
    );
  });

  property('is an error in the body when refused', [fc.string({ unit: 'binary' })], 50, (error) => {
    expect(JSON.parse(negotiateRefusal(error))).toEqual({ error });
  });
});
