// The history of groups over real sockets, with the official client.
import { type HubMessage, type IHubProtocol, JsonHubProtocol } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { method, setupHub } from '../../src/index.ts';
import { readPosition } from '../../src/protocol/position.ts';
import { callsTo, connect } from '../support/clients.ts';
import { startServer } from '../support/test-server.ts';
import { by, TRANSPORT_PROTOCOLS } from '../support/transport-protocols.ts';

const hub = () =>
  setupHub({ client: {} as { Heard(text: string): void } }).createHub({
    history: { 'room:*': { size: 100, ttlMs: 60_000 } },
    methods: {
      Say: method([z.string(), z.string(), z.string().optional()], (hub, group, text, messageId) =>
        hub.clients
          .group(group)
          .with(messageId === undefined ? {} : { messageId })
          .send('Heard', text),
      ),
      /** Joins, and resolves with what was missed. */
      Return: method([z.string(), z.object({ epoch: z.string(), offset: z.number() })], async (hub, group, from) => {
        await hub.groups.add(hub.connectionId, group);
        return hub.history(group).since(from);
      }),
    },
  });

/** A protocol of the official client that notes the positions of what it has read. */
function noting(protocol: IHubProtocol) {
  const positions: string[] = [];
  const parse = protocol.parseMessages.bind(protocol);
  protocol.parseMessages = (input, logger) => {
    const messages: HubMessage[] = parse(input, logger);
    for (const message of messages)
      if ('headers' in message && message.headers?.['sb-p'] !== undefined) positions.push(message.headers['sb-p']);
    return messages;
  };
  return { positions, protocol };
}

const newProtocol = { json: () => new JsonHubProtocol(), messagepack: () => new MessagePackHubProtocol() };

describe('the official client', () => {
  test.each(TRANSPORT_PROTOCOLS)('over %s in %s returns, and gets what it has missed', async (transport, name) => {
    const { url } = await startServer({ '/hub': hub() });
    const open = async () => {
      const { positions, protocol } = noting(newProtocol[name]());
      const client = await connect(url('/hub?positions=1'), { ...by([transport, name]), protocol });
      return { client, positions, heard: callsTo<[string]>(client, 'Heard') };
    };
    const [one, other] = [await open(), await open()];
    for (const { client } of [one, other]) await client.invoke('Return', 'room:1', { epoch: 'none', offset: 0 });
    const first = await one.client.invoke('Say', 'room:1', 'first', 'm1');
    expect(first).toEqual({ epoch: expect.any(String), offset: 1 });
    expect(await other.client.invoke('Say', 'room:1', 'first again', 'm1')).toEqual(first);
    await other.heard.until(1);
    await other.client.stop();
    for (const text of ['second', 'third']) await one.client.invoke('Say', 'room:1', text);
    await one.heard.until(3);
    const last = readPosition(other.positions.at(-1) as string);
    expect(last).toEqual(first);
    const returned = await open();
    const recovery = await returned.client.invoke('Return', 'room:1', last);
    expect(recovery).toMatchObject({ recovered: true, messages: [{ args: ['second'] }, { args: ['third'] }] });
    await one.client.invoke('Say', 'room:1', 'fourth');
    await Promise.all([one.heard.until(4), returned.heard.until(1)]);
    expect([one.heard.all.flat(), returned.heard.all.flat()]).toEqual([
      ['first', 'second', 'third', 'fourth'],
      ['fourth'],
    ]);
    expect(one.positions.map((text) => readPosition(text)?.offset)).toEqual([1, 2, 3, 4]);
    expect(returned.positions).toEqual([one.positions[3]]);
    expect(await returned.client.invoke('Say', 'lobby', 'to nobody')).toBe(null);
  });
});
