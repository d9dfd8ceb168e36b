// Requests that may attach and requests that may not, over real sockets.
import { describe, expect, test } from 'vitest';
import { OptionsError } from '../../src/errors.ts';
import { eventually } from '../support/inbox.ts';
import { ask, exchange, type HeaderLines, upgradeRequest } from '../support/raw-http.ts';
import { type InspectedServer, startInspected } from './inspected-server.ts';

const TOKEN = 'sixteen-or-more-characters';

async function statusOf({ port }: InspectedServer, query: string, headers: HeaderLines): Promise<number> {
  return (await ask(port, upgradeRequest(`/inspect${query}`, headers))).status;
}

describe('without a token', () => {
  test.each<[string, HeaderLines]>([
    ['a program', { Host: '127.0.0.1' }],
    ['a page of the server itself', { Host: '127.0.0.1:5080', Origin: 'http://127.0.0.1:5080' }],
    ['such a page, whose Host has the port of its scheme', { Host: 'localhost:80', Origin: 'http://localhost' }],
  ])('%s of this machine attaches', async (_who, headers) => {
    expect(await statusOf(await startInspected(), '', headers)).toBe(101);
  });

  test.each<[string, HeaderLines]>([
    ['a page of another origin', { Origin: 'https://evil.example' }],
    ['a page of another program on this machine', { Host: 'localhost:5080', Origin: 'http://localhost:3000' }],
    ['a name that points here', { Host: 'rebound.example' }],
    ['a page that is same-origin under such a name', { Host: 'rebound.example', Origin: 'http://rebound.example' }],
    ['a forwarded request', { 'X-Forwarded-For': '203.0.113.9' }],
    ['another forwarded request', { Via: '1.1 proxy' }],
  ])('%s is refused', async (_who, headers) => {
    const inspected = await startInspected();
    const answer = await ask(inspected.port, upgradeRequest('/inspect?token=guess', headers));
    expect(answer.status).toBe(403);
    expect(answer.body).toMatch(/^Refused, since /);
    expect(inspected.inspector.clients).toBe(0);
    expect(inspected.log.lines).toContainEqual(
      expect.objectContaining({ text: expect.stringMatching(/^an inspector was refused/) }),
    );
  });
});

describe('with a token', () => {
  const foreign = { Host: 'box.example', Origin: 'https://stately.ai', 'X-Forwarded-For': '203.0.113.9' };

  test.each<[string, string, HeaderLines, number]>([
    ['the right one in the query', `?token=${TOKEN}`, foreign, 101],
    ['the right one in the header', '', { ...foreign, Authorization: `Bearer ${TOKEN}` }, 101],
    ['a wrong one', `?token=${TOKEN.slice(1)}`, foreign, 401],
    ['a wrong one in the header', '', { Authorization: 'Bearer no' }, 401],
    ['none, on this machine', '', { Host: '127.0.0.1' }, 401],
  ])('%s', async (_what, query, headers, status) => {
    expect(await statusOf(await startInspected({ token: TOKEN }), query, headers)).toBe(status);
  });

  test.each(['', ' '.repeat(16), 'fifteen letters', `${TOKEN}\n`])(
    '%j is none: the server does not start',
    async (token) => {
      await expect(startInspected({ token })).rejects.toThrow(OptionsError);
    },
  );
});

test('no more attach than may', async () => {
  const inspected = await startInspected({ maximumClients: 2 });
  const first = await exchange(inspected.port, upgradeRequest('/inspect'));
  await exchange(inspected.port, upgradeRequest('/inspect'));
  expect(await statusOf(inspected, '', {})).toBe(503);
  first.socket.destroy();
  await eventually(() => inspected.inspector.clients === 1);
  expect(await statusOf(inspected, '', {})).toBe(101);
});

test('what is no WebSocket handshake is told so, behind the question of who asks', async () => {
  const inspected = await startInspected();
  const broken = { 'Sec-WebSocket-Version': '8' };
  expect(await statusOf(inspected, '', broken)).toBe(400);
  expect(await statusOf(inspected, '', { ...broken, Origin: 'https://evil.example' })).toBe(403);
});

test('after the end of the inspector nobody attaches', async () => {
  const inspected = await startInspected();
  inspected.inspector.close();
  expect(await statusOf(inspected, '', {})).toBe(503);
});
