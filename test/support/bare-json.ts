// A protocol with one JSON text in each WebSocket message and without a handshake, for connections that come with
// their codec.
import type { Codec } from '../../src/protocol/codec.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { RecordBuffer } from '../../src/protocol/record-buffer.ts';
import { type ClientProtocol, JSON_PROTOCOL } from '../../src/testing/client-protocol.ts';

const SEPARATOR = Buffer.from('\x1e');

export const bareJsonCodec: Codec = {
  name: 'bare-json',
  transferFormat: 'Text',
  recordsPerMessage: 'one',
  keepAlive: 'records',
  read(input, limits) {
    const text = input.takeMessage();
    if (text === undefined) return undefined;
    const record = new RecordBuffer();
    record.append(Buffer.concat([text, SEPARATOR]));
    return jsonCodec.read(record, limits);
  },
  write: (message) => withoutSeparator(jsonCodec.write(message)),
};

/** The same protocol from the side of the client. */
export const BARE_JSON: ClientProtocol = {
  name: 'bare-json',
  transferFormat: 'Text',
  recordsPerMessage: 'one',
  hasHandshake: false,
  write: (record) => withoutSeparator(JSON_PROTOCOL.write(record)),
  writeGarbage: (text) => Buffer.from(text),
  read: (message) => JSON_PROTOCOL.read(Buffer.concat([message, SEPARATOR])),
};

function withoutSeparator(record: Buffer): Buffer {
  return record.subarray(0, record.length - SEPARATOR.length);
}
