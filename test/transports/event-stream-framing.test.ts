import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENT_STREAM_FRAMING } from '../../src/transports/event-stream-framing.ts';
import { property } from '../support/property.ts';

const frameOf = (...records: readonly string[]): string => {
  const bytes = records.map((record) => Buffer.from(record));
  return EVENT_STREAM_FRAMING.frame(bytes, Buffer.concat(bytes).length).toString('utf8');
};

/** Events that a browser reads from a stream with any line ends (HTML Standard, "Interpreting an event stream"). */
function dataOf(stream: string): string[] {
  const events: string[] = [];
  let data: string[] = [];
  for (const line of stream.split(/\r\n|\n|\r/)) {
    if (line === '' && data.length > 0) {
      events.push(data.join('\n'));
      data = [];
    } else if (line.startsWith('data:')) data.push(line.slice('data:'.length).replace(/^ /, ''));
    else if (line !== '') throw new Error(`no data: ${JSON.stringify(line)}`);
  }
  return events;
}

describe('an event', () => {
  test.each([
    [['Hello, World'], 'data: Hello, World\r\n\r\n'],
    [['{"type":6}\x1e', '{"type":7}\x1e'], 'data: {"type":6}\x1e{"type":7}\x1e\r\n\r\n'],
    [['Hello\nWorld'], 'data: Hello\r\ndata: World\r\n\r\n'],
    [['Hello\r\nWorld'], 'data: Hello\r\ndata: World\r\n\r\n'],
    [['Hello\n'], 'data: Hello\r\ndata: \r\n\r\n'],
    [['Hel', 'lo\nWor', 'ld'], 'data: Hello\r\ndata: World\r\n\r\n'],
    [['\r\n'], 'data: \r\r\ndata: \r\n\r\n'],
    [['a\r\n\r\nb'], 'data: a\r\ndata: \r\r\ndata: b\r\n\r\n'],
    [['Hello\rWorld'], 'data: Hello\rWorld\r\n\r\n'],
  ])('of %j is %j', (records, expected) => {
    expect(frameOf(...records)).toBe(expected);
  });

  const json = fc.jsonValue().map((value) => `${JSON.stringify(value)}\x1e`);
  property('is read as the records that it was made of', [fc.array(json, { minLength: 1 })], 200, (records) => {
    expect(dataOf(frameOf(...records))).toEqual([records.join('')]);
  });

  const lines = fc.string({ unit: fc.constantFrom('a', 'ü', ' ', ':', '\n', '\x1e'), minLength: 1 });
  property('is read as the lines that it was made of', [fc.array(lines, { minLength: 1 })], 200, (records) => {
    expect(dataOf(frameOf(...records))).toEqual([records.join('')]);
  });
});
