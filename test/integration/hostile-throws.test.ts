import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { HubError, method, setupHub } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { emptyHub } from '../support/empty-hub.ts';
import { eventually } from '../support/inbox.ts';
import { ask, requestText, upgradeRequest } from '../support/raw-http.ts';
import { startServer } from '../support/test-server.ts';
import { forbidUncaught, undisturbed } from '../support/undisturbed.ts';
import { hubOf, loudLog, THROWN, trap } from '../support/unusual-values.ts';

forbidUncaught();
// Each of these takes milliseconds. A missing answer should be noticed in less than half a minute.
vi.setConfig({ testTimeout: 5_000 });

const GENERIC = "An unexpected error occurred invoking 'Bad' on the server.";

const throwsNow = (thrown: unknown) =>
  method([], () => {
    throw thrown;
  });
const rejects = (thrown: unknown) =>
  method([], async () => {
    // Later than the call itself, so that it ends on another stack.
    await new Promise((resolve) => setImmediate(resolve));
    throw thrown;
  });

describe.each([
  ['throws', throwsNow],
  ['rejects with', rejects],
])('a method that %s', (_how, bad) => {
  test.each(Object.entries(THROWN))(
    '%s: is an error without a text, and nobody else notices',
    async (_what, thrown) => {
      const { port } = await startServer({ '/hub': hubOf({ Bad: bad(thrown) }) }, { logger: loudLog() });
      await undisturbed(port, async () => {
        const client = await openRaw(port);
        expect(await client.invoke('Bad')).toEqual({ type: 3, invocationId: '1', error: GENERIC });
        // A call that expects no answer fails without harm, too.
        client.send({ type: 1, target: 'Bad', arguments: [] });
        expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
        expect(client.records.length).toBe(2);
      });
    },
  );

  test.each(Object.entries(THROWN))('%s: is an error with detailedErrors, too', async (_what, thrown) => {
    const hub = hubOf({ Bad: bad(thrown) }, { detailedErrors: true });
    const { port } = await startServer({ '/hub': hub }, { logger: loudLog() });
    const client = await openRaw(port);
    // `Name: text`, if the thrown value allows reading its properties.
    expect((await client.invoke('Bad')).error).toMatch(
      /^An unexpected error occurred invoking 'Bad' on the server\.( .+: .*)?$/,
    );
    expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
  });
});

describe('what surrounds the methods may throw, too', () => {
  test.each(Object.entries(THROWN))('onConnected throwing %s closes that connection alone', async (_what, thrown) => {
    const hub = setupHub({}).createHub({
      methods: { Echo: method([z.unknown()], (_hub, value) => value) },
      onConnected: async (hub) => {
        if (hub.request.query.has('bad')) throw thrown;
      },
    });
    const started = await startServer({ '/hub': hub }, { logger: loudLog() });
    await undisturbed(started.port, async () => {
      const client = await openRaw(started.port, { path: '/hub?bad' });
      await client.ended;
      expect(client.records.all).toEqual([{ type: 7, error: 'Connection closed with an error.' }]);
    });
    await eventually(() => started.server.supervisor.size === 1);
  });

  test.each(Object.entries(THROWN))(
    'onDisconnected throwing %s ends that connection with 1011',
    async (_what, thrown) => {
      const hub = setupHub({}).createHub({
        methods: {
          Echo: method([z.unknown()], (_hub, value) => value),
          Leave: method([], (hub) => hub.abort()),
        },
        onDisconnected: async () => {
          throw thrown;
        },
      });
      const started = await startServer({ '/hub': hub }, { logger: loudLog() });
      await undisturbed(started.port, async () => {
        const client = await openRaw(started.port);
        client.send({ type: 1, target: 'Leave', arguments: [] });
        expect((await client.ended).code).toBe(1011);
        expect(client.records.all).toEqual([{ type: 7 }]);
      });
      await eventually(() => started.server.supervisor.size === 1);
    },
  );

  test.each(Object.entries(THROWN))('a schema throwing %s fails that call alone', async (_what, thrown) => {
    const schema = z.unknown().transform(() => {
      throw thrown;
    });
    const { port } = await startServer({ '/hub': hubOf({ Bad: method([schema], () => {}) }) }, { logger: loudLog() });
    await undisturbed(port, async () => {
      const client = await openRaw(port);
      expect((await client.invoke('Bad', 1)).error).toBe("Failed to invoke 'Bad' due to an error on the server.");
      expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
    });
  });

  test.each(Object.entries(THROWN))(
    'an asynchronous schema rejecting with %s fails that call alone',
    async (_what, thrown) => {
      // Written by hand: zod calls an asynchronous refinement twice, and leaves the first promise to reject unhandled.
      const validate = async () => {
        throw thrown;
      };
      const schema: StandardSchemaV1 = { '~standard': { version: 1, vendor: 'test', validate } };
      const { port } = await startServer({ '/hub': hubOf({ Bad: method([schema], () => {}) }) }, { logger: loudLog() });
      await undisturbed(port, async () => {
        const client = await openRaw(port);
        expect((await client.invoke('Bad', 1)).error).toBe("Failed to invoke 'Bad' due to an error on the server.");
        expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
      });
    },
  );

  test.each(Object.entries(THROWN))('authenticate rejecting with %s is 401', async (_what, thrown) => {
    const { port } = await startServer(
      { '/hub': hubOf({}) },
      {
        logger: loudLog(),
        authenticate: async ({ query }) => {
          if (query.has('bad')) throw thrown;
          return null;
        },
      },
    );
    await undisturbed(port, async () => {
      expect((await ask(port, upgradeRequest('/hub?bad'))).status).toBe(401);
      expect((await ask(port, requestText('POST', '/hub/negotiate?bad'))).status).toBe(401);
    });
  });

  test.each(Object.entries(THROWN))('origins and authorize throwing %s are 403', async (_what, thrown) => {
    const trip = () => {
      throw thrown;
    };
    const strict = emptyHub({ authorize: trip });
    const { port } = await startServer({ '/hub': hubOf({}), '/strict': strict }, { logger: loudLog(), origins: trip });
    await undisturbed(port, async () => {
      expect((await ask(port, upgradeRequest('/hub', { Origin: 'https://app.example' }))).status).toBe(403);
      expect((await ask(port, upgradeRequest('/strict'))).status).toBe(403);
    });
  });

  test('a HubError with a text that is no text fails that call alone', async () => {
    const odd = new HubError('x');
    Object.defineProperty(odd, 'message', { get: trap });
    const { port } = await startServer({ '/hub': hubOf({ Bad: rejects(odd) }) }, { logger: loudLog() });
    await undisturbed(port, async () => {
      const client = await openRaw(port);
      expect((await client.invoke('Bad')).error).toMatch(
        /^An unexpected error occurred invoking 'Bad' on the server\./,
      );
      expect(await client.invoke('Echo', 'fine')).toMatchObject({ result: 'fine' });
    });
  });
});
