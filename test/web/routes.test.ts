import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { sendContinue } from '../../src/http/expect-continue.ts';
import { answerRequest, answerUpgrade } from '../../src/http/plain-response.ts';
import { LogLimit } from '../../src/log-limit.ts';
import { type Route, Routes } from '../../src/web/routes.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { startRouted } from '../support/routed-server.ts';

const request = ({ method = '' }: IncomingMessage, response: ServerResponse): void =>
  answerRequest(response, { status: 200, body: `request: ${method}` });
const upgrade: Route['upgrade'] = (_request, socket) => answerUpgrade(socket, { status: 200, body: 'upgrade' });
const fault = (): never => {
  throw new Error('a fault');
};

async function bodyOf(port: number, text: string): Promise<string> {
  const { status, body } = await ask(port, text);
  return status === 200 ? body : `${status}`;
}

describe('a route', () => {
  test.each<[string, string, Route, string, string]>([
    ['with both handlers', '/metrics', { request, upgrade }, 'request: GET', 'upgrade'],
    // RFC 9110, section 7.8: a server may ignore that a request asks for an upgrade.
    ['for requests', '/metrics', { request }, 'request: GET', 'request: GET'],
    ['for upgrades', '/metrics', { upgrade }, '404', 'upgrade'],
    ['without a handler', '/metrics', {}, '404', '404'],
    ['at the root', '/', { request, upgrade }, 'request: GET', 'upgrade'],
  ])('%s gets what is for its path, and nothing else', async (_what, path, route, asked, upgraded) => {
    const { port } = await startRouted(() => ({ [path]: route }));
    expect(await bodyOf(port, requestText('GET', path))).toBe(asked);
    expect(await bodyOf(port, upgradeRequest(path))).toBe(upgraded);
    for (const text of [requestText('GET', '/metrics/more'), upgradeRequest('/metrics/more')]) {
      expect((await ask(port, text)).status).toBe(404);
    }
  });

  test('gets every method, in any case of its path, and below the base path only', async () => {
    const { port } = await startRouted(() => ({ '/Admin/': { request } }), '/realtime');
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect(await bodyOf(port, requestText(method, '/Realtime/admin?x=1'))).toBe(`request: ${method}`);
    }
    expect((await ask(port, requestText('GET', '/admin'))).status).toBe(404);
  });

  test('has its path alone', () => {
    const routes = new Routes(new LogLimit(systemClock).over(new CollectedLog()), []);
    routes.add('/metrics', { request });
    expect(() => routes.add('/Metrics/', { upgrade })).toThrow('The path /Metrics/ has a route already.');
  });

  test.each<[string, Route]>([
    ['throws', { request: fault, upgrade: fault }],
    ['rejects', { request: async () => fault(), upgrade: async () => fault() }],
  ])('that %s ends one request, and is logged', async (_what, route) => {
    const { port, log } = await startRouted(() => ({ '/broken': route, '/sound': { request } }));
    await expect(ask(port, requestText('GET', '/broken'))).rejects.toThrow();
    await expect(ask(port, upgradeRequest('/broken'))).rejects.toThrow();
    expect(log.lines).toEqual([
      expect.objectContaining({ level: 'error', text: 'a request failed', error: 'Error: a fault' }),
      expect.objectContaining({ level: 'error', text: 'a request failed', error: 'Error: a fault' }),
    ]);
    expect(await bodyOf(port, requestText('GET', '/sound'))).toBe('request: GET');
  });
});

describe('a body that is announced (Expect: 100-continue)', () => {
  const announced = requestText('POST', '/posts', { Expect: '100-continue', 'Content-Length': '4' });

  test('is asked for when the route wants it, once', async () => {
    const { port } = await startRouted(() => ({
      '/posts': {
        request: (posted, response) => {
          sendContinue(response);
          sendContinue(response);
          posted.on('data', (chunk) => response.end(chunk));
        },
      },
    }));
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(announced);
    expect(String((await once(socket, 'data'))[0])).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('body');
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 .*keep-alive.*body/s);
  });

  test.each<[string, Readonly<Record<string, Route>>, number]>([
    [
      'the route refuses it',
      { '/posts': { request: (_posted, response) => answerRequest(response, { status: 403 }) } },
      403,
    ],
    ['the request is for another host', {}, 421],
  ])('is not asked for when %s', async (_why, routes, status) => {
    const { port } = await startRouted(() => routes);
    const head = status === 421 ? announced.replace('localhost', 'other.example') : announced;
    const answer = await ask(port, head);
    // What comes next on the socket could be the body, or another request.
    expect([answer.status, answer.headers.get('connection')]).toEqual([status, 'close']);
  });
});
