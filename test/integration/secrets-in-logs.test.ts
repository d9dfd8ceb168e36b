// Every input of a client, sent with a canary text in it, and the log that it causes.
import type { IHttpConnectionOptions } from '@microsoft/signalr';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { HubError, type Log, method, setupHub, stream } from '../../src/index.ts';
import { connect, openRaw, withoutNegotiation } from '../support/clients.ts';
import { eventually } from '../support/inbox.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { RawRequests } from '../support/raw-polling.ts';
import { startServer } from '../support/test-server.ts';

const CANARY = 'canary-4e7d';
/** Texts of a client that the log may contain: the name of a method, and an origin. */
const NAME = 'name-51c2';

/** Lines as the default logger writes them: from level info on, and debug lines on request. */
function writtenLog(lines: string[], debug: (line: string) => void): Log {
  const line = (level: string, data: object, text?: string) => JSON.stringify({ level, ...data, text });
  const write = (level: string) => (data: object, text?: string) => lines.push(line(level, data, text));
  return {
    debug: (data, text) => debug(line('debug', data, text)),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}

const hub = setupHub({ client: {} as { Ask(text: string): string } }).createHub({
  methods: {
    Echo: method([z.string().max(100)], (_hub, text) => text),
    Numbers: stream([z.int()], async function* (_hub, count) {
      for (let n = 0; n < count; n++) yield n;
    }),
    Sum: method([], { upload: [z.number()] }, async (_hub, numbers) => {
      let sum = 0;
      for await (const n of numbers) sum += n;
      return sum;
    }),
    Break: method([z.string()], () => {
      throw new Error('a fault of the hub');
    }),
    Refuse: method([z.string()], () => {
      throw new HubError('not today');
    }),
    Question: method([z.string()], (hub, text) => hub.clients.caller.invoke('Ask', text)),
    Unwritable: method([z.string()], () => 1n),
  },
});

test('no token, header, query, argument, item or error text of a client gets into the log, at any level', async () => {
  const lines: string[] = [];
  const debugLines: string[] = [];
  const { port, server, url } = await startServer(
    { '/hub': hub },
    {
      logger: writtenLog(lines, (line) => debugLines.push(line)),
      authenticate: ({ query }) => {
        if (query.get('access_token') === `bad-${CANARY}`) throw new Error('no such token');
        return { id: 'ann', roles: [] };
      },
    },
  );
  const secrets: IHttpConnectionOptions = {
    accessTokenFactory: () => CANARY,
    headers: { Authorization: `Bearer ${CANARY}`, Cookie: `session=${CANARY}`, 'X-Api-Key': CANARY },
  };
  const ann = await connect(url(`/hub?name=${CANARY}`), { ...withoutNegotiation, ...secrets });
  ann.on('Ask', () => {
    throw new Error(CANARY);
  });
  expect(await ann.invoke('Echo', CANARY)).toBe(CANARY);
  const failing = ['Break', 'Refuse', 'Question', 'Unwritable', NAME].map((name) => ann.invoke(name, CANARY));
  failing.push(ann.invoke('Echo', CANARY.repeat(20)), ann.invoke('Echo', { [CANARY]: CANARY }));
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(failing.map(() => 'rejected'));
  await ann.stop();

  const path = `/hub?id_token=${CANARY}`;
  expect((await ask(port, upgradeRequest(`/hub?access_token=bad-${CANARY}`))).status).toBe(401);
  expect((await ask(port, upgradeRequest('/hub', { Origin: `https://${NAME}.example` }))).status).toBe(403);
  expect((await ask(port, upgradeRequest(`/hub?id=${CANARY}`))).status).toBe(404);
  expect((await ask(port, requestText('GET', `/${CANARY}`))).status).toBe(404);
  const handshaking = await openRaw(port, { path, handshake: false });
  handshaking.text(`{"protocol":"${CANARY}","version":1}\x1e`);
  const broken = await openRaw(port, { path });
  broken.text(`{"type":1,"target":"${CANARY}","arguments":["${CANARY}"],"${CANARY}"\x1e`);
  const leaving = await openRaw(port, { path });
  leaving.send({ type: 7, error: CANARY });
  const streaming = await openRaw(port, { path });
  streaming.send(
    { type: 1, invocationId: CANARY, target: 'Sum', arguments: [], streamIds: [CANARY] },
    { type: 2, invocationId: CANARY, item: CANARY },
    { type: 3, invocationId: CANARY, error: CANARY },
    { type: 1, invocationId: '2', target: 'Sum', arguments: [], streamIds: ['s'] },
    { type: 3, invocationId: 's', error: CANARY },
    { type: 3, invocationId: `unknown ${CANARY}`, result: CANARY },
    { type: 4, invocationId: '3', target: 'Numbers', arguments: [CANARY] },
  );
  await streaming.records.until(3);
  streaming.frame(0x8, Buffer.concat([Buffer.of(0x03, 0xe8), Buffer.from(CANARY)]));
  const poller = await RawRequests.poll(port);
  poller.postText(`{"type":1,"target":"${CANARY}","arguments":{}}\x1e`);
  // The Close record, and that nothing follows it.
  await poller.get().answer;
  await poller.get().answer;
  await Promise.all([handshaking.ended, broken.ended, leaving.ended, streaming.ended]);
  await eventually(() => server.supervisor.size === 0);
  // A fault of the hub, a value that cannot be written, and an invalid credential.
  expect(lines.length).toBeGreaterThanOrEqual(3);
  expect(debugLines.length).toBeGreaterThan(0);
  const all = [...lines, ...debugLines].join('\n');
  expect(all).not.toContain(CANARY);
  expect(all).not.toContain(poller.negotiated.connectionToken);
  expect(all).toContain(`"method":"${NAME}"`);
  expect(all).toContain(`"origin":"https://${NAME}.example"`);
});
