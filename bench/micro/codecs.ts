import { jsonCodec } from '../../src/protocol/json.ts';
import { MessageType } from '../../src/protocol/messages.ts';
import { RecordBuffer } from '../../src/protocol/record-buffer.ts';
import { DATA, type Micro } from './micro.ts';

const CODECS = [jsonCodec];
const CALL = { type: MessageType.Invocation, target: 'm', arguments: [DATA] } as const;
const ANSWER = { type: MessageType.Completion, invocationId: '10', result: DATA } as const;
const INCOMING = { type: MessageType.Invocation, invocationId: '10', target: 'Echo', arguments: [DATA] };
const LIMIT = 32_768;
/** Calls that arrive in one piece. */
const PIECE = 16;

/** What a client would have sent, in the protocol of `codec`. */
function records(): Buffer {
  return Buffer.from(`${JSON.stringify(INCOMING)}\x1e`.repeat(PIECE));
}

export function codecs(): Micro[] {
  return CODECS.flatMap((codec) => {
    const incoming = records();
    const read = (): void => {
      const input = new RecordBuffer();
      input.append(incoming);
      while (codec.read(input, LIMIT) !== undefined);
    };
    return [
      { title: `${codec.name}: read a call`, count: PIECE, run: read },
      { title: `${codec.name}: write a call`, count: 1, run: () => codec.write(CALL) },
      { title: `${codec.name}: write an answer`, count: 1, run: () => codec.write(ANSWER) },
    ];
  });
}
