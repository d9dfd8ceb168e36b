import { describe, expect, test } from 'vitest';
import type { GroupHistory } from '../../src/hub/history.ts';
import { openHistory } from '../../src/hub/open-history.ts';
import type { Routing } from '../../src/hub/routing.ts';
import { method, OptionsError, RefusedError, setupHub } from '../../src/index.ts';
import { MemoryServer } from '../support/memory-server.ts';
import { any } from '../support/schemas.ts';

const POSITION = { epoch: 'e', offset: 3 };

/** A history that notes what it is asked for. */
function noting(keeps = true) {
  const asked: unknown[] = [];
  const note =
    (what: string) =>
    (...args: unknown[]) => {
      asked.push([what, ...args]);
      return Promise.resolve([]) as Promise<never>;
    };
  const kept: GroupHistory = { since: note('since'), latest: note('latest'), remove: note('remove') };
  let isOpen = true;
  const routing = { history: () => (keeps ? kept : undefined) } as unknown as Routing;
  const assertOpen = (): void => {
    if (!isOpen) throw new RefusedError('The call has ended.');
  };
  const scope = { routing, sender: { connectionId: undefined, user: null }, assertOpen, suspend() {}, resume() {} };
  const close = (): void => {
    isOpen = false;
  };
  return { asked, close, open: (group: unknown) => openHistory(scope, group as string) };
}

/** The history of a group, as plain JavaScript may call it. */
type Loose = Record<'since' | 'latest' | 'remove', (...args: readonly unknown[]) => Promise<unknown>>;

describe('the history of a group', () => {
  test.each([
    ['', /^A group name must not be empty\.$/],
    [5, /^A group name must be a text, but it is of type number\.$/],
    [undefined, /^A group name must be a text, but it is of type undefined\.$/],
  ])('is not that of %j', (group, text) => {
    expect(() => noting().open(group)).toThrow(TypeError);
    expect(() => noting().open(group)).toThrow(text);
  });

  test('is there only when a pattern fits', () => {
    const text = 'The group "lobby" keeps no messages: no pattern of the hub\'s history fits.';
    expect(() => noting(false).open('lobby')).toThrow(new TypeError(text));
  });

  test('is asked with the limits that are given, or the default ones', async () => {
    const { asked, open } = noting();
    const history = open('room');
    await history.since(POSITION);
    await history.since(POSITION, { limit: 10_000 });
    await history.since({ messageId: 'm' }, { limit: 1 });
    await history.latest();
    await history.latest({ limit: 1_000, before: POSITION });
    await history.remove('m');
    expect(asked).toEqual([
      ['since', POSITION, 300],
      ['since', POSITION, 10_000],
      ['since', { messageId: 'm' }, 1],
      ['latest', 100, undefined],
      ['latest', 1_000, POSITION],
      ['remove', 'm'],
    ]);
  });

  test.each([
    ['since', [POSITION, { limit: 0 }], /^since: limit is 0, but it must be a whole number from 1 to 10000\.$/],
    ['since', [POSITION, { limit: 10_001 }], /^since: limit is 10001, but/],
    ['since', [POSITION, { limit: '5' }], /^since: limit is "5", but/],
    ['since', [POSITION, { limits: 5 }], /^since: there is no option limits\. Did you mean limit\?$/],
    ['since', [POSITION, null], /^since: its options are null, but they must be an object of limit\.$/],
    ['latest', [{ limit: 1_001 }], /^latest: limit is 1001, but it must be a whole number from 1 to 1000\.$/],
    ['latest', [{ before: 5 }], /^latest: before is a number, but it must be a position: \{ epoch, offset \}\.$/],
    ['latest', [{ before: { epoch: 'e', offset: -1 } }], /^latest: before is an object, but it must be a position/],
    ['latest', [{ before: { epoch: 'e', offset: 2 ** 53 } }], /^latest: before is an object, but/],
    ['latest', [{ before: { epoch: 5, offset: 1 } }], /^latest: before is an object, but/],
  ] as const)('%s refuses %j', async (what, args, text) => {
    const { asked, open } = noting();
    const error = await (open('room') as Loose)[what](...args).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OptionsError);
    expect((error as Error).message).toMatch(text);
    expect(asked).toEqual([]);
  });

  test.each([
    [undefined],
    [null],
    ['e:3'],
    [{}],
    [{ epoch: 'e' }],
    [{ epoch: 'e', offset: '3' }],
    [{ epoch: 'e', offset: -1 }],
    [{ epoch: 'e', offset: 0.5 }],
    [{ epoch: 'e', offset: Number.NaN }],
    [{ messageId: 5 }],
    [{ messageId: 'x'.repeat(201) }],
    [{ messageId: '\ud800' }],
  ])('takes %j, which a client may have sent, for an unknown message', async (from) => {
    const { asked, open } = noting();
    await (open('room') as unknown as Loose).since(from);
    expect(asked).toEqual([['since', { messageId: '' }, 300]]);
  });

  test('takes nothing but a position from what a client may have sent', async () => {
    const { asked, open } = noting();
    await open('room').since({ ...POSITION, messageId: 'm', other: 1 } as typeof POSITION);
    expect(asked).toEqual([['since', POSITION, 300]]);
  });

  test.each([[''], ['x'.repeat(201)], ['\udc00'], [5], [undefined]])('removes no message %j', async (id) => {
    const { asked, open } = noting();
    await expect((open('room') as unknown as Loose).remove(id)).rejects.toThrow(/^A messageId must/);
    await expect((open('room') as unknown as Loose).remove(id)).rejects.toThrow(TypeError);
    expect(asked).toEqual([]);
  });

  test('answers nothing once the call that has opened it is over', async () => {
    const { asked, open, close } = noting();
    const history = open('room');
    close();
    for (const answer of [history.since(POSITION), history.latest(), history.remove('m')])
      await expect(answer).rejects.toThrow(RefusedError);
    expect(asked).toEqual([]);
  });
});

describe('the id of a message', () => {
  const KEPT = { history: { 'room:*': { size: 5, ttlMs: 60_000 } } };

  /** Sends one message. @returns its position, or the error. */
  async function outcomeOf(groups: readonly string[], messageId: unknown, parts: object = KEPT): Promise<unknown> {
    const hub = setupHub({ client: {} as { Heard(): void } }).createHub({ methods: {}, ...parts });
    const server = new MemoryServer(hub);
    const { clients } = server.parts.context(hub);
    try {
      return await clients
        .groups(groups)
        .with({ messageId: messageId as string })
        .send('Heard');
    } catch (error) {
      return error;
    }
  }

  test.each([[''], ['x'.repeat(201)], ['\ud800'], ['a\udc00b']])('is not %j', async (id) => {
    const text = 'A messageId must have 1 to 200 characters, all of them valid Unicode.';
    expect(await outcomeOf(['room:1'], id)).toEqual(new TypeError(text));
  });

  test.each([
    [5, 'a number'],
    [null, 'null'],
    [{}, 'an object'],
  ])('is not %j', async (id, kind) => {
    expect(await outcomeOf(['room:1'], id)).toEqual(new TypeError(`A messageId must be a text, but it is ${kind}.`));
  });

  test.each([['x'], ['x'.repeat(200)], ['😀'], ['with space'], ['\n']])('may be %j', async (id) => {
    expect(await outcomeOf(['room:1'], id)).toEqual({ epoch: expect.any(String), offset: 1 });
  });

  test('is for messages to groups that keep them all', async () => {
    const text = 'A messageId is for messages to groups that keep them: no pattern of the history of the hub fits.';
    expect(await outcomeOf(['lobby'], 'm')).toEqual(new TypeError(text));
    expect(await outcomeOf(['room:1', 'lobby'], 'm')).toEqual(new TypeError(text));
    expect(await outcomeOf(['room:1', 'room:2'], 'm')).toBe(undefined);
  });

  test('is for hubs with a history', async () => {
    const text = 'A messageId is for messages to groups that keep them: the hub has no history.';
    expect(await outcomeOf(['room:1'], 'm', {})).toEqual(new TypeError(text));
  });

  test('is not for an invocation, nor for other receivers', async () => {
    const hub = setupHub({ client: {} as { Ask(): number } }).createHub({
      ...KEPT,
      methods: {
        Ask: method([], (hub) => hub.clients.caller.with({ messageId: 'm' }).invoke('Ask')),
        Tell: method([any<string>()], (hub, to) =>
          (to === 'all' ? hub.clients.all : hub.clients.caller).with({ messageId: 'm' }).send('Ask'),
        ),
      },
    });
    const server = new MemoryServer(hub);
    const { client } = await server.connect();
    client.invoke('Ask', [], '1');
    client.invoke('Tell', ['all'], '2');
    client.invoke('Tell', ['caller'], '3');
    await server.settle();
    for (const id of ['1', '2', '3']) expect(client.completions(id)).toMatchObject([{ error: expect.any(String) }]);
    expect(client.calls('Ask')).toEqual([]);
  });
});
