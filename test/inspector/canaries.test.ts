// Everything that a client can send, with a canary in it, while an inspector watches.
import { HttpTransportType, type IHttpConnectionOptions } from '@microsoft/signalr';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { HubError, method, setupHub } from '../../src/index.ts';
import { callsTo, closed, connect, openRaw, withoutNegotiation } from '../support/clients.ts';
import { eventually } from '../support/inbox.ts';
import { startInspected, statusIn } from './inspected-server.ts';

const CANARY = 'canary-9c1e';

const leaky = setupHub({
  client: {} as { Said(text: string): void },
  state: () => ({ name: CANARY }),
}).createHub({
  methods: {
    Say: method([z.string()], (hub, text) => hub.clients.all.send('Said', text)),
    Answer: method([], () => CANARY),
    Refuse: method([z.string()], (_hub, text) => {
      throw new HubError(text);
    }),
    Leave: method([z.string()], (hub, reason) => hub.abort({ reason })),
  },
  onConnected(hub) {
    if (hub.request.query.get('refuse') === 'yes') throw new Error(CANARY);
  },
});

test('no token, header, body, argument, name, result or error text leaves through the inspector', async () => {
  const { server, port, receive } = await startInspected({ hubs: { '/leaky': leaky } });
  const url = `http://127.0.0.1:${port}/leaky`;
  const seen = receive();
  const secrets: IHttpConnectionOptions = {
    accessTokenFactory: () => CANARY,
    headers: { Authorization: `Bearer ${CANARY}`, Cookie: `session=${CANARY}`, 'X-Api-Key': CANARY },
  };

  const ann = await connect(`${url}?name=${CANARY}`, secrets);
  const bob = await connect(`${url}?access_token=${CANARY}`, { ...withoutNegotiation, ...secrets });
  const said = callsTo<[string]>(bob, 'Said');
  await ann.invoke('Say', CANARY);
  expect(await said.until(1)).toEqual([[CANARY]]);
  expect(await ann.invoke('Answer')).toBe(CANARY);
  await expect(ann.invoke('Refuse', CANARY)).rejects.toThrow(CANARY);
  await expect(ann.invoke(CANARY, CANARY)).rejects.toThrow('Method does not exist.');
  await expect(connect(`${url}?refuse=yes`, secrets)).rejects.toThrow('Connection closed with an error.');
  const end = closed(bob);
  await Promise.all([end, bob.invoke('Leave', CANARY).catch(() => {})]);

  // Records that no official client sends: an unknown protocol, a malformed record, a Close with a text.
  const options = { path: `/leaky?id_token=${CANARY}`, headers: { Authorization: `Bearer ${CANARY}` } };
  const raw = [await openRaw(port, options), await openRaw(port, options)] as const;
  raw[0].text(`{"type":1,"target":"${CANARY}","arguments":["${CANARY}"],"${CANARY}"\x1e`);
  raw[1].send({ type: 7, error: CANARY });
  await Promise.all(raw.map(({ ended }) => ended));
  await ann.stop();

  await eventually(() => server.supervisor.size === 0);
  await eventually(() => seen.all.filter((message) => statusIn(message) === 'done').length === 5);
  expect(seen.length).toBeGreaterThan(50);
  expect(JSON.stringify(seen.all)).not.toContain(CANARY);
  // The names of what holds them do not appear in any other form either.
  expect(JSON.stringify(seen.all)).not.toMatch(/Socket|"(headers|query|transport|request)"/);
});

test('a poll is shown without its request and its response', async () => {
  const { port, receive } = await startInspected({ hubs: { '/leaky': leaky } });
  const seen = receive();
  const transport = HttpTransportType.LongPolling;
  const ann = await connect(`http://127.0.0.1:${port}/leaky`, { transport });
  await ann.invoke('Answer');
  await ann.stop();
  await eventually(() => seen.all.some((message) => pollIn(message) !== undefined));
  expect(new Set(seen.all.map(pollIn))).toEqual(new Set([undefined, '[HttpPoll]']));
});

function pollIn(message: object): unknown {
  const { event } = message as { readonly event?: { readonly type: string; readonly poll?: unknown } };
  return event?.type === 'poll.arrived' ? event.poll : undefined;
}
