import { expect, test, vi } from 'vitest';
import type { ProtocolName } from '../../src/protocol/codecs.ts';
import { RawClient } from '../support/raw-client.ts';
import { RawRequests, recordsOf } from '../support/raw-polling.ts';
import { Opcode } from '../support/websocket-frames.ts';
import { jsonCall, jsonItem, jsonList, packedCall, packedItem, packedList } from './heavy-records.ts';
import { HealthyClient, sharedVictim } from './victim.ts';

const MEBI = 1024 * 1024;
/** A quarter of the default, so that a quarter of the clients suffices. */
const server = { maximumWaitingBytes: 16 * MEBI };
const CLIENTS = 24;
const RECORDS = 16;
/** Each holds at least a fifth more than one MiB, so this many clients cannot stay below 16 MiB together. */
const SURPLUS = 8;
/** Limit of the heap: what may wait, and twice as much for the server and for messages on their way. */
const HEAP_BYTES = 3 * server.maximumWaitingBytes;
/** Values are created and weighed by the hundred thousand, on a machine that may be busy. */
const LONGEST_MS = 90_000;

/** Polls that still wait when the test ends. */
const gone = (): void => {};
vi.setConfig({ testTimeout: LONGEST_MS });

const attacked = sharedVictim({ server });
const hang = { type: 1, target: 'Hang', arguments: [] };
const frameOf: Readonly<Record<ProtocolName, number>> = { json: Opcode.text, messagepack: Opcode.binary };

/** Counts clients that were disconnected with an invitation to come back. */
function departures(due: number): { readonly reached: Promise<void>; sentAway(): void } {
  let left = due;
  let sentAway = (): void => {};
  const reached = new Promise<void>((resolve) => {
    sentAway = () => {
      left -= 1;
      if (left === 0) resolve();
    };
  });
  return { reached, sentAway: () => sentAway() };
}

async function attacker(port: number, protocol: ProtocolName, sentAway: () => void): Promise<RawClient> {
  const client = await RawClient.open(port, {
    protocol,
    onRecord: (record) => {
      const { type, allowReconnect } = JSON.parse(record.toString());
      if (type === 7 && allowReconnect === true) sentAway();
    },
  });
  // A client may still write to a socket that is gone.
  client.socket.on('error', () => {});
  return client;
}

test.for<readonly [string, ProtocolName, Buffer]>([
  ['empty maps', 'messagepack', packedCall(packedList(0x80))],
  ['lists of one', 'messagepack', packedCall(packedList(0x91, 0))],
  ['empty bytes', 'messagepack', packedCall(packedList(0xc4, 0))],
  ['properties that look like indexes', 'messagepack', packedCall(packedList(0x81, 0xcd, 0x03, 0xe8, 0))],
  ['empty objects', 'json', jsonCall(jsonList('{}'))],
  ['lists of empty texts', 'json', jsonCall(jsonList('["",""]'))],
])('calls that wait with %s in them: those who hold most end, and nobody else', async ([, protocol, record]) => {
  const { victim, port } = attacked;
  const healthy = await HealthyClient.at(port);
  const { reached, sentAway } = departures(SURPLUS);
  for (let n = 0; n < CLIENTS; n++) {
    const client = await attacker(port, protocol, sentAway);
    client.send(hang);
    for (let at = 0; at < RECORDS; at++) client.frame(frameOf[protocol], record);
  }
  await reached;
  expect((await victim.ask('memory')).heapUsed).toBeLessThan(HEAP_BYTES);
  expect(await healthy.ask('measurements')).toMatchObject({ isGone: false });
});

test('calls that wait over Long Polling: the same', async () => {
  const { victim, port } = attacked;
  const healthy = await HealthyClient.at(port);
  const { reached, sentAway } = departures(SURPLUS);
  const body = Buffer.concat(Array(RECORDS).fill(jsonCall(jsonList('{}')))).toString();
  for (let n = 0; n < CLIENTS; n++) {
    const client = await RawRequests.poll(port);
    client.get().answer.then((answer) => {
      if (recordsOf(answer).some(({ type, allowReconnect }) => type === 7 && allowReconnect)) sentAway();
    }, gone);
    await client.post(hang).answer;
    client.postText(body);
  }
  await reached;
  expect((await victim.ask('memory')).heapUsed).toBeLessThan(HEAP_BYTES);
  expect(await healthy.ask('measurements')).toMatchObject({ isGone: false });
});

test.for<readonly [string, ProtocolName, (id: string) => Buffer]>([
  ['MessagePack', 'messagepack', (id) => packedItem(id, packedList(0x80))],
  ['JSON', 'json', (id) => jsonItem(id, jsonList('{}'))],
])('a hundred uploads that nobody reads, in %s: their connection ends', async ([, protocol, item]) => {
  const { victim, port } = attacked;
  const healthy = await HealthyClient.at(port);
  const { reached, sentAway } = departures(1);
  const client = await attacker(port, protocol, sentAway);
  const ids = Array.from({ length: 100 }, (_, n) => `u${n}`);
  for (const id of ids) client.send({ type: 1, target: 'Ignore', arguments: [], streamIds: [id] });
  // An upload without items takes one, however much other uploads hold.
  for (let round = 0; round < 2; round++) for (const id of ids) client.frame(frameOf[protocol], item(id));
  await reached;
  expect((await victim.ask('memory')).heapUsed).toBeLessThan(HEAP_BYTES);
  expect(await healthy.ask('measurements')).toMatchObject({ isGone: false });
});
