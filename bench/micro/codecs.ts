import type { Codec } from '../../src/protocol/codec.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { messagePackCodec } from '../../src/protocol/messagepack.ts';
import { MessageType } from '../../src/protocol/messages.ts';
import { RecordBuffer } from '../../src/protocol/record-buffer.ts';
import { messagePack } from '../load/messagepack.ts';
import { signalR } from '../load/signalr.ts';
import { DATA, type Micro } from './micro.ts';

const CODECS = [jsonCodec, messagePackCodec];
const CALL = { type: MessageType.Invocation, target: 'm', arguments: [DATA] } as const;
const ANSWER = { type: MessageType.Completion, invocationId: '10', result: DATA } as const;
const LIMITS = { maximumBytes: 32_768, maximumValues: 65_536 };
/** Number of calls that arrive in one chunk. */
const CALLS = 16;

/** Records as a client sends them. */
function records(codec: Codec): Buffer {
  const dialect = codec === jsonCodec ? signalR : messagePack;
  return Buffer.from(dialect.echo(10, DATA).repeat(CALLS), 'latin1');
}

export function codecs(): Micro[] {
  return CODECS.flatMap((codec) => {
    const incoming = records(codec);
    const read = (): void => {
      const input = new RecordBuffer();
      input.append(incoming);
      while (codec.read(input, LIMITS) !== undefined);
    };
    return [
      { title: `${codec.name}: read a call`, count: CALLS, run: read },
      { title: `${codec.name}: write a call`, count: 1, run: () => codec.write(CALL) },
      { title: `${codec.name}: write an answer`, count: 1, run: () => codec.write(ANSWER) },
    ];
  });
}
