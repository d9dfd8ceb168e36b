import { EventEmitter } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createNetServer } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createServer, method, OptionsError, type ServerConnection, setupHub } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';

function server() {
  const made = createServer({ hubs: { '/hub': setupHub({}).createHub({ methods: {} }) }, logLevel: 'silent' });
  onTestFinished(() => made.close());
  return made;
}

async function expectRefusal(call: Promise<unknown>, text: RegExp): Promise<void> {
  await expect(call).rejects.toThrow(OptionsError);
  await expect(call).rejects.toThrow(text);
}

describe('listen', () => {
  test.each([
    [undefined, /^listen: port is missing\. It must be a whole number from 0 to 65535\.$/],
    [
      0,
      /^listen: its options are a number, but they must be an object of port, host, basePath, handlers, keepAliveTimeoutMs\.$/,
    ],
    [{ prt: 0 }, /^listen: there is no option prt\. Did you mean port\?$/],
    [{ port: 'abc' }, /^listen: port is "abc", but it must be a whole number from 0 to 65535\.$/],
    [{ port: '5080' }, /port is "5080", but/],
    [{ port: 65_536 }, /port is 65536, but/],
    [{ port: 80.5 }, /port is 80\.5, but/],
    // Node would listen on all addresses.
    [{ port: 0, host: '' }, /host is "", but it must be a name or an address of this machine without port/],
    [{ port: 0, host: 'http://127.0.0.1' }, /host is "http:\/\/127/],
    [{ port: 0, host: '127.0.0.1:80' }, /host is "127/],
    [{ port: 0, host: '[::1]:80' }, /host is "\[::1\]:80"/],
    [{ port: 0, keepAliveTimeoutMs: 0 }, /keepAliveTimeoutMs is 0, but it must be a whole number from 1 to 3600000/],
    [{ port: 0, host: '*' }, /host is "\*"/],
    [{ port: 0, basepath: '/a' }, /no option basepath\. Did you mean basePath\?/],
    [{ port: 0, basePath: '/a%20b' }, /basePath is "\/a%20b", but it must be a path as it reads when it is decoded/],
    [{ port: 0, handlers: () => false }, /handlers is a function, but it must be a list of functions/],
    [
      { port: 0, handlers: [true] },
      /handlers\[0\] is .*, but it must be a function that returns true or false at once/,
    ],
    [{ port: 0, handlers: [async () => true] }, /handlers\[0\] is a function, but it must be a function that returns/],
    [{ port: 0, basePath: '/healthz' }, /basePath is \/healthz, where load balancers ask/],
  ])('%j is refused, and the server can still listen', async (at, text) => {
    const one = server();
    await expectRefusal(one.listen(at as never), text);
    expect((await one.listen({ port: 0, host: 'localhost' })).port).toBeGreaterThan(0);
  });

  test('twice is refused, also when the first is not done yet', async () => {
    const one = server();
    const first = one.listen({ port: 0 });
    await expectRefusal(one.listen({ port: 0 }), /^listen: this server listens already, and does so once/);
    await first;
    await expectRefusal(one.listen({ port: 0 }), /listens already/);
  });
});

test.each([
  ['::1', '::1'],
  ['[::1]', '::1'],
  ['[::]', '::'],
])('listen takes the host %s, as %s', async (host, bound) => {
  const one = server();
  expect(await one.listen({ port: 0, host })).toMatchObject({ host: bound });
});

describe('attach', () => {
  test.each([
    ['an application of Express', express(), /^attach: http is a function, but it must be a server of node:http/],
    ['an application of Fastify', fastify(), /^attach: http is an? \w+, but it must be a server of node:http/],
    [
      'an application that emits events',
      Object.assign(new EventEmitter(), { listen() {}, callback() {} }),
      /http is an/,
    ],
    ['a port', 5080, /http is a number, but/],
    ['nothing', undefined, /http is missing\. It must be a server of node:http/],
    ['the options of one', { http: createHttpServer() }, /http is an object, but/],
    ['a server of node:net', createNetServer(), /http is a Server, but it must be a server of node:http/],
  ])('to %s is refused, and says what to pass', async (_what, http, text) => {
    await expectRefusal(server().attach(http as never), text);
  });

  test.each([
    [{ basepath: '/a' }, /^attach: there is no option basepath\. Did you mean basePath\?$/],
    [{ basePath: '/{tenant}' }, /basePath is .*, but it must be a path without patterns/],
    ['/a', /its options are a text, but/],
  ])('with %j is refused', async (options, text) => {
    await expectRefusal(server().attach(createHttpServer(), options as never), text);
  });

  test('takes servers of node:http and node:https, and one that listens, too', async () => {
    const one = server();
    await one.attach(createHttpServer());
    await one.attach(createHttpsServer() as Server);
    await one.listen({ port: 0 });
  });
});

describe('close', () => {
  test.each([
    [{ drainMs: Number.NaN }, /^close: drainMs is NaN, but it must be a whole number from 0 to 2147483647\.$/],
    [{ drainMs: -1 }, /drainMs is -1, but/],
    [{ drainMs: '10s' }, /drainMs is "10s", but/],
    [{ drainDelayMs: -1 }, /drainDelayMs is -1, but/],
    [{ drain: 5 }, /there is no option drain\. Known: drainMs, drainDelayMs\./],
    [0, /its options are a number, but they must be an object of drainMs/],
  ])('with %j is refused, and nothing is closed', async (options, text) => {
    const one = server();
    const { port } = await one.listen({ port: 0 });
    await expectRefusal(one.close(options as never), text);
    await openRaw(port, { path: '/hub' });
  });
});

test('abort says what it does not understand, wherever it is called, and ends nobody', async () => {
  const thrown = new Inbox<unknown>();
  const hub = setupHub({}).createHub({
    methods: {
      Leave: method([], (self) => {
        try {
          self.abort({ reasn: 'x' } as never);
        } catch (error) {
          thrown.put(error);
        }
      }),
    },
  });
  const { server: started, port } = await startServer({ '/hub': hub });
  const client = await openRaw(port);
  const [connection] = [...started.connections()] as [ServerConnection];
  await client.invoke('Leave');
  expect((await thrown.until(1))[0]).toMatchObject({
    message: 'abort: there is no option reasn. Did you mean reason?',
  });
  expect(() => connection.abort({ allowReconnect: 'yes' as never })).toThrow(
    /allowReconnect is "yes", but it must be true/,
  );
  const { clients } = started.context(hub);
  await expectRefusal(clients.user('ann').abort('far behind' as never), /^abort: its options are a text, but/);
  expect(await client.invoke('Leave')).toMatchObject({ type: 3 });
});

describe('with', () => {
  const { clients } = (() => {
    const hub = setupHub({}).createHub({ methods: {} });
    return createServer({ hubs: { '/hub': hub }, logLevel: 'silent' }).context(hub);
  })();

  test.each([
    [{ policy: 'dropNews' }, /^with: policy is "dropNews", but it must be one of disconnect, dropOldest, dropNewest, /],
    [{ polizy: 'dropNewest' }, /^with: there is no option polizy\. Did you mean policy\?$/],
    [{ conflate: 5 }, /^with: conflate is 5, but it must be a text\.$/],
    ['latest', /^with: options is "latest", but it must be an object\.$/],
    [null, /^with: options is null, but/],
  ])('%j is refused', (options, text) => {
    expect(() => clients.all.with(options as never)).toThrow(OptionsError);
    expect(() => clients.all.with(options as never)).toThrow(text);
  });
});
