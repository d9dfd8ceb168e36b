import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { HubError, type HubOptions, method, setupHub, stream } from '../../src/index.ts';
import { connect } from '../support/clients.ts';
import { startServer } from '../support/test-server.ts';

function throwing(): boolean {
  throw new RangeError('the password is 1234');
}

function failingHub(options: HubOptions = {}) {
  return setupHub({}).createHub({
    options,
    methods: {
      Refuse: method([z.string()], (_hub, why) => {
        throw new HubError(why);
      }),
      RefuseLater: method([z.string()], async (_hub, why) => {
        throw new HubError(why);
      }),
      Break: method([], () => {
        throw new RangeError('the password is 1234');
      }),
      BreakLater: method([], async () => {
        throw new RangeError('the password is 1234');
      }),
      Square: method([z.number().max(100)], (_hub, n) => n * n),
      Even: method([z.number().refine(async (n) => n % 2 === 0, 'is odd')], (_hub, n) => n),
      Admin: method([], { authorize: 'admin' }, () => 'secret'),
      Secrets: stream([], { authorize: 'admin' }, async function* () {
        yield 'secret';
      }),
      Undecided: method([], { authorize: throwing }, () => 'secret'),
    },
  });
}

describe('a call that fails', () => {
  test.each(['Refuse', 'RefuseLater'])('%s: the text of a HubError reaches the client', async (name) => {
    const { url } = await startServer({ '/hub': failingHub() });
    const client = await connect(url('/hub'));
    await expect(client.invoke(name, 'You are not in this room.')).rejects.toThrow(
      new Error(
        `An unexpected error occurred invoking '${name}' on the server. HubException: You are not in this room.`,
      ),
    );
  });

  test.each(['Break', 'BreakLater'])('%s: the text of any other error stays on the server', async (name) => {
    const { url } = await startServer({ '/hub': failingHub() });
    const client = await connect(url('/hub'));
    await expect(client.invoke(name)).rejects.toThrow(
      new Error(`An unexpected error occurred invoking '${name}' on the server.`),
    );
  });

  test('more values than maximumValuesPerMessage are arguments that cannot be read', async () => {
    const options = { maximumValuesPerMessage: 1_000, detailedErrors: true };
    const { url } = await startServer({ '/hub': failingHub(options) });
    const client = await connect(url('/hub'));
    await expect(client.invoke('Square', Array(1_000).fill(0))).rejects.toThrow(
      new Error(
        "Failed to invoke 'Square' due to an error on the server. ArgumentsError: An argument cannot be read: it is broken, no valid Unicode, or too many values (maximumValuesPerMessage).",
      ),
    );
    expect(await client.invoke('Square', 9)).toBe(81);
  });

  test('detailedErrors shows every text, with the name of the error', async () => {
    const { url } = await startServer({ '/hub': failingHub({ detailedErrors: true }) });
    const client = await connect(url('/hub'));
    await expect(client.invoke('BreakLater')).rejects.toThrow(
      new Error("An unexpected error occurred invoking 'BreakLater' on the server. RangeError: the password is 1234"),
    );
  });

  test('a method that does not exist is named as the client called it', async () => {
    const { url } = await startServer({ '/hub': failingHub() });
    const client = await connect(url('/hub'));
    for (const name of ['Nope', 'constructor', 'toString', '__proto__', 'hasOwnProperty', 'onConnected']) {
      await expect(client.invoke(name)).rejects.toThrow(
        new Error(`Failed to invoke '${name}' due to an error on the server. HubException: Method does not exist.`),
      );
    }
  });

  test.each([
    ['of a wrong type', ['five']],
    ['outside of its range', [101]],
    ['missing', []],
    ['one too many', [1, 2]],
    ['null', [null]],
  ])('an argument that is %s is an error, and the method does not run', async (_what, args) => {
    const { url } = await startServer({ '/hub': failingHub() });
    const client = await connect(url('/hub'));
    await expect(client.invoke('Square', ...args)).rejects.toThrow(
      new Error("Failed to invoke 'Square' due to an error on the server."),
    );
  });

  test('an argument that an asynchronous schema refuses is an error, too', async () => {
    const { url } = await startServer({ '/hub': failingHub({ detailedErrors: true }) });
    const client = await connect(url('/hub'));
    expect(await client.invoke('Even', 4)).toBe(4);
    await expect(client.invoke('Even', 3)).rejects.toThrow(
      new Error("Failed to invoke 'Even' due to an error on the server. ArgumentsError: Argument 1: is odd"),
    );
  });

  test('a method that needs a role tells nobody without it more than that', async () => {
    const { url } = await startServer({ '/hub': failingHub() });
    const client = await connect(url('/hub'));
    await expect(client.invoke('Admin')).rejects.toThrow(
      new Error("Failed to invoke 'Admin' because user is unauthorized"),
    );
  });

  test('a stream that needs a role sends nothing to a client without it', async () => {
    const { url } = await startServer({ '/hub': failingHub() });
    const client = await connect(url('/hub'));
    const items: unknown[] = [];
    const end = new Promise((resolve) => {
      const ended = { complete: () => resolve('completed'), error: resolve };
      client.stream('Secrets').subscribe({ next: (item) => items.push(item), ...ended });
    });
    expect(await end).toEqual(new Error("Failed to invoke 'Secrets' because user is unauthorized"));
    expect(items).toEqual([]);
  });

  test('a right that throws is no right', async () => {
    const { url } = await startServer({ '/hub': failingHub() });
    const client = await connect(url('/hub'));
    await expect(client.invoke('Undecided')).rejects.toThrow(
      new Error("An unexpected error occurred invoking 'Undecided' on the server."),
    );
  });

  test('costs the connection nothing: the next call is answered', async () => {
    const { url } = await startServer({ '/hub': failingHub() });
    const client = await connect(url('/hub'));
    const outcomes = await Promise.allSettled([
      client.invoke('Break'),
      client.invoke('Refuse', 'no'),
      client.invoke('Nope'),
      client.invoke('Square', 'five'),
      client.invoke('Admin'),
      client.invoke('Square', 5),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([...Array(5).fill('rejected'), 'fulfilled']);
    expect(outcomes.at(-1)).toMatchObject({ value: 25 });
  });

  test('sent without waiting for an answer fails in silence', async () => {
    const { url } = await startServer({ '/hub': failingHub() });
    const client = await connect(url('/hub'));
    await Promise.all([client.send('Break'), client.send('Nope'), client.send('Square', 'five')]);
    expect(await client.invoke('Square', 6)).toBe(36);
  });
});
