import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ping } from '../../src/connection/constant-messages.ts';
import { toConnections } from '../../src/hub/target.ts';
import { method, setupHub } from '../../src/index.ts';
import { baseOf } from '../../src/protocol/codec.ts';
import type { ProtocolName } from '../../src/protocol/codecs.ts';
import { jsonCodec } from '../../src/protocol/json.ts';
import { messagePackCodec } from '../../src/protocol/messagepack.ts';
import type { GroupPosition } from '../../src/protocol/position.ts';
import { positionsVariant } from '../../src/protocol/positions-variant.ts';
import { Delivery } from '../../src/routing/delivery.ts';
import type { ResumableLane } from '../../src/routing/stateful-reconnect/resumable-lane.ts';
import { clientProtocol } from '../support/client-protocols.ts';
import { MemoryServer, type MemoryServerOptions, type Peer, type Who } from '../support/memory-server.ts';
import { deliverPlaced, deliverTo } from '../support/placed.ts';
import { sessionOf } from '../support/sessions.ts';
import { TRANSPORT_PROTOCOLS } from '../support/transport-protocols.ts';

interface Listener {
  Heard(...values: unknown[]): void;
  Confirm(question: string): boolean;
}

const at = (offset: number): GroupPosition => ({ group: 'room', position: { epoch: 'e', offset } });
const headers = (offset: number) => ({ 'sb-g': 'room', 'sb-p': `e:${offset}` });
const ASKS: Who = { wantsPositions: true };

function createServer(options: MemoryServerOptions = {}) {
  const hub = setupHub({ client: {} as Listener }).createHub({
    onConnected: (hub) => hub.groups.add(hub.connectionId, 'room'),
    methods: {
      Echo: method([z.string()], (_hub, text) => text),
      Protocol: method([], (hub) => hub.request.protocol),
      Ask: method([], (hub) => hub.clients.caller.invoke('Confirm', 'sure?')),
      Tell: method([z.string()], (hub, id) => hub.clients.client(id).send('Heard', 'whispered')),
      TellAll: method([], (hub) => hub.clients.all.send('Heard', 'told')),
    },
  });
  return new MemoryServer(hub, { ...options, hubOptions: { plain: true, keepAliveIntervalMs: 600_000 } });
}

async function connect(server: MemoryServer, name: ProtocolName, who: Who = {}): Promise<Peer> {
  const peer = server.open(who);
  peer.client.protocol = clientProtocol(name);
  peer.client.handshake();
  await server.settle();
  return peer;
}

const heard = ({ client }: Pick<Peer, 'client'>) => client.records.filter(({ target }) => target === 'Heard');
const laneOf = ({ connection }: Pick<Peer, 'connection'>) => sessionOf(connection).lane;

describe('a client that asks for positions', () => {
  test.each(TRANSPORT_PROTOCOLS)(
    'gets them over %s in %s, and its neighbour that does not ask gets none',
    async (over, name) => {
      const server = createServer();
      const [asking, stock] = [ASKS, {}].map((who) => {
        const peer = server.openOver(over, who);
        peer.client.protocol = clientProtocol(name);
        peer.client.handshake();
        return peer;
      }) as [Peer, Peer];
      await server.settle();
      deliverTo(server.host, 'room', 'Heard', ['unplaced']);
      deliverPlaced(server.host, at(1), 'Heard', 'one', { two: 2 });
      await server.settle();
      const unplaced = { type: 1, target: 'Heard', arguments: ['unplaced'] };
      const placed = { type: 1, target: 'Heard', arguments: ['one', { two: 2 }] };
      expect(heard(stock)).toEqual([unplaced, placed]);
      expect(heard(asking)).toEqual([unplaced, { ...placed, headers: headers(1) }]);
    },
  );

  test('gets them in envelopes', async () => {
    const server = createServer();
    const [asking, stock] = [server.openPlain(ASKS), server.openPlain()];
    await server.settle();
    deliverPlaced(server.host, at(1), 'Heard', 'one');
    await server.settle();
    expect(heard(stock)).toEqual([{ type: 1, target: 'Heard', arguments: ['one'] }]);
    expect(heard(asking)).toEqual([{ type: 1, target: 'Heard', arguments: ['one'], headers: headers(1) }]);
  });

  test.each<ProtocolName>(['json', 'messagepack'])('calls, answers and closes in %s as others do', async (name) => {
    const traces = [];
    for (const who of [{}, ASKS]) {
      const server = createServer();
      const peer = await connect(server, name, who);
      const { client } = peer;
      client.invoke('Echo', ['x'], '1');
      client.invoke('Protocol', [], '2');
      client.invoke('Ask', [], '3');
      await server.settle();
      const [asked] = client.requestedResults;
      client.complete(asked?.invocationId as string, { result: true });
      client.sendGarbage('[');
      await server.settle();
      traces.push({ records: client.records, frames: peer.transport.frames.map((frame) => frame.toString('latin1')) });
      expect(client.completions('2')).toMatchObject([{ result: name }]);
      expect(client.closeRecord).toEqual({ type: 7, error: 'Connection closed with an error.', allowReconnect: true });
    }
    expect(traces[1]).toEqual(traces[0]);
  });

  test('is in the log with the name of its protocol', async () => {
    const server = createServer();
    await connect(server, 'messagepack', ASKS);
    const [connected] = server.log.lines.filter(({ text }) => text === 'connected');
    expect(connected?.data).toMatchObject({ protocol: 'messagepack' });
  });
});

describe('messages to clients that ask for positions', () => {
  test('are encoded for the protocols, and for no variant', async () => {
    const server = createServer();
    const asking = await connect(server, 'json', ASKS);
    expect(server.host.connections.codecs).toEqual([jsonCodec]);
    const stock = await connect(server, 'json');
    const packed = await connect(server, 'messagepack', ASKS);
    expect(server.host.connections.codecs).toEqual([jsonCodec, messagePackCodec]);
    const delivery = new Delivery(server.host.connections, server.host.memberships, () => {});
    expect(delivery.codecsNow(toConnections([packed.id]), [])).toEqual([messagePackCodec]);
    for (const peer of [asking, stock]) peer.client.close();
    await server.settle();
    expect(server.host.connections.codecs).toEqual([messagePackCodec]);
    packed.client.close();
    await server.settle();
    expect(server.host.connections.codecs).toEqual([]);
  });

  test('arrive when they are for one client alone, and for all', async () => {
    const server = createServer();
    const asking = await connect(server, 'messagepack', ASKS);
    asking.client.invoke('Tell', [asking.id]);
    asking.client.invoke('TellAll', []);
    await server.settle();
    expect(heard(asking).map((record) => record.arguments)).toEqual([['whispered'], ['told']]);
  });

  test('are framed once for all of them, however they stand mixed with others', async () => {
    const server = createServer();
    const peers: Peer[] = [];
    for (let n = 0; n < 6; n++) peers.push(await connect(server, 'json', n % 2 === 0 ? {} : ASKS));
    const before = peers.map(({ transport }) => transport.frames.length);
    deliverPlaced(server.host, at(1), 'Heard', 1);
    deliverTo(server.host, 'room', 'Heard', [2]);
    deliverPlaced(server.host, at(2), 'Heard', 3);
    await server.settle();
    const frames = peers.map(({ transport }) => transport.frames.at(-1));
    expect(peers.map(({ transport }) => transport.frames.length)).toEqual(before.map((count) => count + 1));
    expect(new Set(frames.filter((_, n) => n % 2 === 0)).size).toBe(1);
    expect(new Set(frames.filter((_, n) => n % 2 === 1)).size).toBe(1);
    expect(new Set(frames).size).toBe(2);
  });

  test('have the bytes of today for clients that do not ask', async () => {
    const server = createServer();
    const stock = await connect(server, 'json');
    await connect(server, 'json', ASKS);
    deliverPlaced(server.host, at(1), 'Heard', 1);
    await server.settle();
    const record = jsonCodec.write({ type: 1, target: 'Heard', arguments: [1] });
    expect(stock.transport.frames.at(-1)).toEqual(Buffer.concat([Buffer.from([0x81, record.length]), record]));
  });

  test('share a ping with others', () => {
    for (const codec of [jsonCodec, messagePackCodec]) {
      expect(ping(positionsVariant(codec))).toBe(ping(codec));
      expect(ping(codec).bytes(positionsVariant(codec))).toEqual(codec.write({ type: 6 }));
    }
  });

  test.each<ProtocolName>(['json', 'messagepack'])('count in %s with the bytes that are written', async (name) => {
    const server = createServer();
    const [asking, stock] = [await connect(server, name, ASKS), await connect(server, name)];
    const message = deliverPlaced(server.host, at(1), 'Heard', 'one');
    for (const peer of [asking, stock]) {
      const lane = laneOf(peer);
      expect(lane.lag.bytes).toBe(message.bytes(lane.codec).length);
    }
    expect(laneOf(asking).lag.bytes).toBeGreaterThan(laneOf(stock).lag.bytes);
  });
});

describe('a client with stateful reconnect that asks for positions', () => {
  async function connectReturning(server: MemoryServer, name: ProtocolName, who: Who) {
    const peer = server.openReturning({ ...who, isMute: true });
    peer.client.protocol = clientProtocol(name);
    peer.client.handshake();
    await server.settle();
    return peer;
  }
  /** Records of frames, without the headers of the WebSocket messages, which are shorter than 64 KiB. */
  const content = (frames: readonly Buffer[]) =>
    Buffer.concat(frames.map((frame) => frame.subarray(frame[1] === 126 ? 4 : 2)));

  test.each<ProtocolName>(['json', 'messagepack'])('is sent the same bytes again in %s', async (name) => {
    const server = createServer();
    const peer = await connectReturning(server, name, ASKS);
    const { transport } = peer;
    const before = transport.frames.length;
    const messages = [deliverPlaced(server.host, at(1), 'Heard', 1), deliverTo(server.host, 'room', 'Heard', [2])];
    await server.settle();
    const written = content(transport.frames.slice(before));
    const lane = laneOf(peer) as ResumableLane;
    expect(lane.keptBytes).toBe(written.length);
    transport.cut();
    await server.settle();
    messages.push(deliverPlaced(server.host, at(2), 'Heard', 3));
    const all = Buffer.concat(messages.map((message) => message.bytes(lane.codec)));
    expect(lane.keptBytes).toBe(all.length);
    expect(server.comeBack(peer)).toBe(true);
    await server.settle();
    const again = content(peer.transport.frames);
    expect(again.subarray(again.length - all.length).equals(all)).toBe(true);
    expect(all.subarray(0, written.length).equals(written)).toBe(true);
    expect(heard(peer).map((record) => [record.arguments?.[0], record.headers])).toEqual([
      [1, headers(1)],
      [2, undefined],
      [3, headers(2)],
    ]);
    expect(baseOf(lane.codec)).not.toBe(lane.codec);
  });
});
