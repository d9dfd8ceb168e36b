// Positions over real sockets: who asks for them, and what clients make of them.
import { type HubMessage, type IHubProtocol, JsonHubProtocol, type MessageType } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, setupHub } from '../../src/index.ts';
import type { MountedRuntime } from '../../src/mount-hub.ts';
import type { GroupPosition } from '../../src/protocol/position.ts';
import { callsTo, connect } from '../support/clients.ts';
import { eventually } from '../support/inbox.ts';
import { deliverPlaced } from '../support/placed.ts';
import { PlainClient } from '../support/plain-client.ts';
import { RawClient } from '../support/raw-client.ts';
import { negotiate } from '../support/raw-negotiation.ts';
import { startServer } from '../support/test-server.ts';
import { by, TRANSPORT_PROTOCOLS } from '../support/transport-protocols.ts';

interface Listener {
  Heard(...values: unknown[]): void;
}

const AT: GroupPosition = { group: 'room: 1', position: { epoch: 'e', offset: 9 } };
const HEADERS = { 'sb-g': 'room: 1', 'sb-p': 'e:9' };

const hub = () =>
  setupHub({ client: {} as Listener }).createHub({
    options: { plain: true, allowStatefulReconnects: true },
    onConnected: (hub) => hub.groups.add(hub.connectionId, AT.group),
    methods: {
      Protocol: method([], (hub) => hub.request.protocol),
      Echo: method([z.unknown()], (_hub, value) => value),
    },
  });

async function start() {
  const started = await startServer({ '/hub': hub() });
  const host = started.server.runtimes.get('/hub') as MountedRuntime;
  /** Resolves when this number of connections are in the group. */
  const joined = (count: number) => eventually(() => [...host.memberships.members(AT.group)].length === count);
  return { ...started, joined, deliver: (...args: unknown[]) => deliverPlaced(host, AT, 'Heard', ...args) };
}

/** A protocol of the official client that notes the headers of all invocations that it has read. */
function noting(protocol: IHubProtocol) {
  const headers: unknown[] = [];
  const parse = protocol.parseMessages.bind(protocol);
  protocol.parseMessages = (input, logger) => {
    const messages: HubMessage[] = parse(input, logger);
    for (const message of messages) {
      if (message.type === (1 satisfies MessageType.Invocation)) headers.push({ ...message.headers });
    }
    return messages;
  };
  return { headers, protocol };
}

const newProtocol = { json: () => new JsonHubProtocol(), messagepack: () => new MessagePackHubProtocol() };

describe('the official client', () => {
  test.each(TRANSPORT_PROTOCOLS)(
    'that asks over %s in %s is sent positions, and is not disturbed by them',
    async (transport, name) => {
      const { url, joined, deliver } = await start();
      const { headers, protocol } = noting(newProtocol[name]());
      const stock = noting(newProtocol[name]());
      const asking = await connect(url('/hub?positions=1'), { ...by([transport, name]), protocol });
      const other = await connect(url('/hub'), { ...by([transport, name]), protocol: stock.protocol });
      const [heard, alsoHeard] = [callsTo(asking, 'Heard'), callsTo(other, 'Heard')];
      await joined(2);
      deliver('one', { list: [1, null] });
      deliver();
      await Promise.all([heard.until(2), alsoHeard.until(2)]);
      for (const inbox of [heard, alsoHeard]) expect(inbox.all).toEqual([['one', { list: [1, null] }], []]);
      expect(headers).toEqual([HEADERS, HEADERS]);
      expect(stock.headers).toEqual([{}, {}]);
      expect(await asking.invoke('Protocol')).toBe(name);
      expect(await asking.invoke('Echo', [1])).toEqual([1]);
    },
  );
});

describe('the query of the request that opens the transport', () => {
  test.each([
    ['positions=1', true],
    ['POSITIONS=1', true],
    ['%70ositions=1', true],
    ['', false],
    ['positions', false],
    ['positions=0', false],
    ['positions=true', false],
    ['positions=1&positions=1', false],
    ['position=1', false],
  ])('%j asks for positions: %s', async (query, asks) => {
    const { port, joined, deliver } = await start();
    const client = await RawClient.open(port, { path: `/hub?${query}` });
    const plain = await PlainClient.open(port, { path: `/hub/ws?${query}` });
    await joined(2);
    deliver('one');
    const [record] = await client.records.until(1);
    const [envelope] = await plain.envelopes.until(1);
    const headers = asks ? { headers: HEADERS } : {};
    expect(record).toEqual({ type: 1, target: 'Heard', arguments: ['one'], ...headers });
    expect(envelope).toEqual({ type: 'Heard', payload: 'one', timestamp: expect.any(String), ...headers });
    client.socket.destroy();
  });

  test.each([
    ['positions=1', '', { headers: HEADERS }],
    ['', 'positions=1', {}],
  ])('decides for the whole session: %j, and then %j at the return', async (first, second, headers) => {
    const { port, joined, deliver } = await start();
    const { connectionToken } = await negotiate(port, '/hub', {}, 'useStatefulReconnect=true');
    const path = `/hub?id=${connectionToken}`;
    const client = await RawClient.upgrade(port, { path: `${path}&${first}` });
    client.text('{"protocol":"json","version":2}\x1e');
    await client.records.until(1);
    await joined(1);
    deliver(1);
    await client.records.until(2);
    client.socket.destroy();
    const returned = await RawClient.upgrade(port, { path: `${path}&${second}` });
    deliver(2);
    const call = { type: 1, target: 'Heard' };
    const records = await returned.records.until(3);
    expect(client.records.all).toEqual([{}, { ...call, arguments: [1], ...headers }]);
    expect(records).toEqual([
      { type: 9, sequenceId: 1 },
      { ...call, arguments: [1], ...headers },
      { ...call, arguments: [2], ...headers },
    ]);
    returned.socket.destroy();
  });
});
