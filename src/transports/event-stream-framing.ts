import type { Framing } from './transport.ts';

const LF = 0x0a;
const CR = 0x0d;
const DATA = Buffer.from('data: ');
const LINE_END = Buffer.from('\r\n');
const EVENT_END = Buffer.from('\r\n\r\n');

/**
 * Frames records as one event of a stream (HTML Standard, "Server-sent events"): a `data` line for each of their lines.
 * Hub records are JSON without line ends, so there is nearly always one.
 */
export const EVENT_STREAM_FRAMING: Framing = {
  frame(records, length) {
    for (const record of records) if (record.includes(LF)) return manyLines(Buffer.concat(records, length));
    return oneLine(records, length);
  },
};

function manyLines(bytes: Buffer): Buffer {
  return Buffer.concat([...linesOf(bytes).flatMap((line) => [DATA, line, LINE_END]), LINE_END]);
}

function oneLine(records: readonly Uint8Array[], length: number): Buffer {
  const frame = Buffer.allocUnsafe(DATA.length + length + EVENT_END.length);
  frame.set(DATA, 0);
  let at = DATA.length;
  for (const record of records) {
    frame.set(record, at);
    at += record.length;
  }
  frame.set(EVENT_END, at);
  return frame;
}

/** Lines as ASP.NET Core SignalR splits them: at each LF, and at a CR before it unless the line is only that CR. */
function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, start)) {
    const hasReturn = end - start > 1 && bytes[end - 1] === CR;
    lines.push(bytes.subarray(start, hasReturn ? end - 1 : end));
    start = end + 1;
  }
  return [...lines, bytes.subarray(start)];
}
