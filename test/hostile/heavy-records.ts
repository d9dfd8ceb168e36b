// Records of the maximum length of the default options, with values that are as short on the wire as possible.
import { prefixed } from '../support/messagepack-records.ts';

const BYTES = 32_000;
const SEPARATOR = '\x1e';

function counted(head: number, count: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = head;
  bytes.writeUInt32BE(count, 1);
  return bytes;
}

/** A list that repeats one value as often as it fits. */
export function packedList(...value: readonly number[]): Buffer {
  const count = Math.floor(BYTES / value.length);
  return Buffer.concat([counted(0xdd, count), Buffer.alloc(count * value.length, Buffer.from(value))]);
}

/** A call of Echo, without an id. */
export function packedCall(argument: Buffer): Buffer {
  const head = Buffer.concat([Buffer.from([0x95, 1, 0x80, 0xc0, 0xa4]), Buffer.from('Echo'), Buffer.from([0x91])]);
  return prefixed(Buffer.concat([head, argument]));
}

export function packedItem(streamId: string, item: Buffer): Buffer {
  const id = Buffer.from(streamId);
  return prefixed(Buffer.concat([Buffer.from([0x94, 2, 0x80, 0xa0 + id.length]), id, item]));
}

/** The same list as JSON. */
export function jsonList(value: string): string {
  return `[${Array(Math.floor(BYTES / (value.length + 1)))
    .fill(value)
    .join(',')}]`;
}

export function jsonCall(argument: string): Buffer {
  return Buffer.from(`{"type":1,"target":"Echo","arguments":[${argument}]}${SEPARATOR}`);
}

export function jsonItem(streamId: string, item: string): Buffer {
  return Buffer.from(`{"type":2,"invocationId":"${streamId}","item":${item}}${SEPARATOR}`);
}
