// Hubs on a port that another framework owns. The frameworks are used as people use them, with routes and WebSockets of
// their own.
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { HttpTransportType } from '@microsoft/signalr';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createServer, type SignalboxServer } from '../../src/index.ts';
import { connect, openRaw } from '../support/clients.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { TRANSPORTS } from '../support/transport-protocols.ts';

/** A framework with the routes `GET /page` and `POST /page`, and its own answer to unknown requests. */
interface Neighbour {
  readonly http: Server;
  /** Requests that it received, as method and path. */
  readonly asked: string[];
  readonly ready?: Promise<unknown>;
}

function withExpress(): Neighbour {
  const asked: string[] = [];
  const app = express();
  app.use((request, _response, next) => {
    asked.push(`${request.method} ${request.path}`);
    next();
  });
  // Reads every body that it sees, so that none would be left for a hub.
  app.use(express.text({ type: () => true }));
  app.get('/page', (_request, response) => void response.send('page'));
  app.post('/page', (request, response) => void response.send(`posted ${request.body}`));
  app.use((_request, response) => void response.status(404).send('express knows nothing of it'));
  return { http: createHttpServer(app), asked };
}

function withFastify(): Neighbour {
  const asked: string[] = [];
  const app = fastify();
  app.addHook('onRequest', async (request) => {
    asked.push(`${request.method} ${request.url}`);
  });
  app.get('/page', () => 'page');
  app.post('/page', (request) => `posted ${request.body}`);
  app.setNotFoundHandler((_request, reply) => reply.status(404).send('fastify knows nothing of it'));
  return { http: app.server, asked, ready: Promise.resolve(app.ready()) };
}

function withHono(): Neighbour {
  const asked: string[] = [];
  const app = new Hono();
  app.use(async (context, next) => {
    asked.push(`${context.req.method} ${context.req.path}`);
    await next();
  });
  app.get('/page', (context) => context.text('page'));
  app.post('/page', async (context) => context.text(`posted ${await context.req.text()}`));
  app.notFound((context) => context.text('hono knows nothing of it', 404));
  return { http: createAdaptorServer({ fetch: app.fetch }) as Server, asked };
}

const NEIGHBOURS = { express: withExpress, fastify: withFastify, hono: withHono };

/** WebSockets of the framework, as ws handles them: an upgrade to another path that reaches it is refused with 400. */
function addSockets(http: Server): void {
  const sockets = new WebSocketServer({ server: http, path: '/live' });
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => socket.send(`live: ${data}`));
  });
}

async function listen({ http, ready }: Neighbour): Promise<number> {
  await ready;
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  return (http.address() as AddressInfo).port;
}

function signalbox(): SignalboxServer {
  const server = createServer({ hubs: { '/hub': emptyHub() }, logLevel: 'silent' });
  onTestFinished(() => server.close({ drainMs: 0 }));
  return server;
}

async function echoed(port: number, text: string): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live`);
  socket.on('open', () => socket.send(text));
  const answer = await new Promise<string>((resolve, reject) => {
    socket.on('message', (data) => resolve(String(data)));
    socket.on('error', reject);
  });
  socket.close();
  return answer;
}

const post = (port: number, path: string, body: string) =>
  ask(
    port,
    `${requestText('POST', path, { 'Content-Type': 'text/plain', 'Content-Length': `${body.length}` })}${body}`,
  );

describe.each(Object.entries(NEIGHBOURS))('beside %s', (name, create) => {
  test.each(['before', 'after'])(
    'each framework answers its own requests, with its sockets added %s the hubs',
    async (when) => {
      const neighbour = create();
      const { http, asked } = neighbour;
      if (when === 'before') addSockets(http);
      await signalbox().attach(http);
      if (when === 'after') addSockets(http);
      const port = await listen(neighbour);

      for (const transport of TRANSPORTS) {
        const client = await connect(`http://127.0.0.1:${port}/hub`, { transport: HttpTransportType[transport] });
        expect(await client.invoke('Echo', transport)).toBe(transport);
        expect((await ask(port, requestText('GET', '/page'))).body).toBe('page');
        expect((await post(port, '/page', transport)).body).toBe(`posted ${transport}`);
        expect(await echoed(port, transport)).toBe(`live: ${transport}`);
        await client.stop();
      }
      expect(await ask(port, requestText('GET', '/hubs'))).toMatchObject({
        status: 404,
        body: `${name} knows nothing of it`,
      });
      expect((await ask(port, upgradeRequest('/elsewhere'))).status).toBe(400);
      // The framework received none of our requests.
      expect(asked.filter((line) => /\/hub\b/.test(line))).toEqual([]);
    },
  );

  test('its requests go on while the hubs drain, and when they are gone their path is its own', async () => {
    const neighbour = create();
    const server = signalbox();
    await server.attach(neighbour.http);
    const port = await listen(neighbour);
    const client = await openRaw(port);
    await server.close();
    await client.ended;
    expect((await ask(port, requestText('GET', '/page'))).body).toBe('page');
    expect((await ask(port, requestText('GET', '/hub'))).body).toBe(`${name} knows nothing of it`);
  });
});
