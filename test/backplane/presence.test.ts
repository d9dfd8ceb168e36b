import { describe, expect, test } from 'vitest';
import type { HubContext } from '../../src/hub/hub-context.ts';
import type { PresenceChange } from '../../src/hub/presence.ts';
import { type AnyHub, method, setupHub } from '../../src/index.ts';
import { defer } from '../../src/promises.ts';
import { MemoryServer, type Peer } from '../support/memory-server.ts';
import { any } from '../support/schemas.ts';
import { abort } from '../support/sessions.ts';

interface Site {
  readonly server: MemoryServer;
  readonly told: PresenceChange[];
  readonly ended: unknown[];
  /** What an action on the hub of a peer resolves with, or the error that it rejects with. */
  run(peer: Peer, act: (hub: AnyHub) => Promise<unknown>): Promise<unknown>;
}

/** The name and the text of an error. */
function shown(error: unknown): string {
  const { name, message } = error as Error;
  return `${name}: ${message}`;
}

/** A server alone. @param ending Runs in `onDisconnected`. */
function site(ending: (hub: AnyHub) => Promise<unknown> = async () => {}, onPresence?: () => void): Site {
  const told: PresenceChange[] = [];
  const ended: unknown[] = [];
  let act: (hub: AnyHub) => Promise<unknown> = async () => {};
  let outcome: unknown;
  const hub = setupHub({}).createHub({
    methods: {
      Act: method([], async (called) => {
        outcome = await act(called).catch(shown);
      }),
    },
    onDisconnected: async (called) => {
      ended.push(await ending(called).catch(shown));
    },
    onPresence: (change) => {
      told.push(change);
      onPresence?.();
    },
  });
  const server = new MemoryServer(hub);
  return {
    server,
    told,
    ended,
    run: async (peer, wanted) => {
      act = wanted;
      outcome = 'none';
      peer.client.invoke('Act', []);
      await server.settle();
      return outcome;
    },
  };
}

const kindsOf = (told: readonly PresenceChange[]) => told.map(({ kind, entry }) => `${kind} ${entry.key} ${entry.as}`);
const context = ({ server }: Site) => server.host.hub.context as HubContext<unknown>;

describe('who is there, on a server alone,', () => {
  test('is claimed by one, refused to others, and free when it is released', async () => {
    const here = site();
    const [ann, bob] = [
      await here.server.connect({ user: { id: 'ann', roles: ['admin'], claims: { secret: 1 } } }),
      await here.server.connect(),
    ];
    expect(await here.run(ann, (hub) => hub.presence.claim('name:x', { mood: 'good' }))).toBe(true);
    expect(await here.run(bob, (hub) => hub.presence.claim('name:x'))).toBe(false);
    const since = here.server.clock.wallNow();
    const user = { id: 'ann', roles: ['admin'] };
    const entry = { key: 'name:x', as: ann.id, connectionIds: [ann.id], user, info: { mood: 'good' }, since };
    expect(await context(here).presence.get('name:x')).toEqual(entry);
    expect(here.told).toEqual([{ kind: 'joined', entry }]);
    expect(await here.run(bob, (hub) => hub.presence.release('name:x'))).toBe(undefined);
    await here.run(ann, (hub) => hub.presence.release('name:x'));
    expect(await context(here).presence.get('name:x')).toBe(undefined);
    expect(here.told[1]).toEqual({ kind: 'left', entry });
    expect(await here.run(bob, (hub) => hub.presence.claim('name:x'))).toBe(true);
    expect(here.told[2]).toMatchObject({ kind: 'joined', entry: { user: null, info: null } });
  });

  test('is decided in the order of the claims, also when none is awaited', async () => {
    const here = site();
    const ann = await here.server.connect();
    const answers = await here.run(ann, ({ presence }) =>
      Promise.all(['one', 'two', 'one'].map((as) => presence.claim('x', undefined, { as }))),
    );
    expect(answers).toEqual([true, false, true]);
    const last = await here.run(ann, ({ presence }) =>
      Promise.all([presence.release('x'), presence.claim('x', undefined, { as: 'two' })]),
    );
    expect(last).toEqual([undefined, true]);
    expect(kindsOf(here.told)).toEqual(['joined x one', 'left x one', 'joined x two']);
  });

  test('is shared under one name, and told again when the info is another one', async () => {
    const here = site();
    const [one, two] = [await here.server.connect(), await here.server.connect()];
    const claim = (peer: Peer, info?: unknown) => here.run(peer, (hub) => hub.presence.claim('x', info, { as: 'ann' }));
    for (const [peer, info] of [
      [one, 1],
      [two, undefined],
      [two, 1],
      [two, 2],
    ] as const)
      expect(await claim(peer, info)).toBe(true);
    expect(here.told.map(({ kind, entry }) => [kind, entry.info])).toEqual([
      ['joined', 1],
      ['updated', 2],
    ]);
    await here.run(one, (hub) => hub.presence.update('x', [3]));
    await here.run(one, (hub) => hub.presence.update('x', [3]));
    expect(here.told.slice(2)).toMatchObject([{ kind: 'updated', entry: { info: [3] }, before: { info: 2 } }]);
    abort(one.connection);
    await here.server.settle();
    expect(await context(here).presence.get('x')).toMatchObject({ as: 'ann', connectionIds: [two.id] });
    expect(here.told.length).toBe(3);
    abort(two.connection);
    await here.server.settle();
    expect(here.told[3]).toMatchObject({ kind: 'left', entry: { as: 'ann', connectionIds: [two.id], info: [3] } });
  });

  test('is updated by nobody who has not claimed it', async () => {
    const here = site();
    const [one, two] = [await here.server.connect(), await here.server.connect()];
    await here.run(one, (hub) => hub.presence.claim('x'));
    expect(await here.run(two, (hub) => hub.presence.update('x', 1))).toBe(
      'RefusedError: This connection has no claim on the presence key.',
    );
  });

  test('is let go when onDisconnected has run, which may release and read, and claims nothing', async () => {
    const here = site(async ({ presence }) => {
      await presence.release('a');
      const listed = await presence.list();
      return [listed.map(({ key }) => key), await presence.claim('c').catch(shown)];
    });
    const ann = await here.server.connect();
    for (const key of ['a', 'b']) await here.run(ann, (hub) => hub.presence.claim(key));
    abort(ann.connection);
    await here.server.settle();
    expect(here.ended).toEqual([
      [['b'], 'RefusedError: The connection is ending: it can claim no presence key any more.'],
    ]);
    expect(kindsOf(here.told).slice(2)).toEqual([`left a ${ann.id}`, `left b ${ann.id}`]);
    expect(here.server.host.presence.figures).toEqual({ claims: 0, unwritten: 0, reaped: 0 });
  });

  test('is not brought back by a call that still runs when its connection is forgotten', async () => {
    const here = site();
    const ann = await here.server.connect();
    const held = defer();
    const claimed = defer<unknown>();
    void here.run(ann, async (hub) => {
      await held.promise;
      claimed.resolve(await hub.presence.claim('x').catch(shown));
    });
    await here.server.settle();
    abort(ann.connection);
    await here.server.pass(30_000);
    expect(ann.isForgotten).toBe(true);
    held.resolve();
    expect(await claimed.promise).toMatch('RefusedError');
    expect(await context(here).presence.count()).toBe(0);
  });

  test('is kept by a connection whose client may come back', async () => {
    const here = site();
    const peer = here.server.openReturning();
    peer.client.handshake();
    await here.server.settle();
    await here.run(peer, (hub) => hub.presence.claim('x'));
    peer.client.cut();
    await here.server.settle();
    expect(here.server.parts.services.detached.size).toBe(1);
    expect(await context(here).presence.count()).toBe(1);
    await here.server.pass(120_000);
    expect(await context(here).presence.count()).toBe(0);
    expect(kindsOf(here.told)).toEqual([`joined x ${peer.id}`, `left x ${peer.id}`]);
  });

  test('is listed in the order of its keys, in pages, by prefix', async () => {
    const here = site();
    const ann = await here.server.connect();
    for (const key of ['b', 'a:2', 'a:1', 'a']) await here.run(ann, (hub) => hub.presence.claim(key));
    const list = async (...query: Parameters<AnyHub['presence']['list']>) =>
      (await context(here).presence.list(...query)).map(({ key }) => key);
    expect(await list()).toEqual(['a', 'a:1', 'a:2', 'b']);
    expect(await list({ prefix: 'a:' })).toEqual(['a:1', 'a:2']);
    expect(await list({ limit: 2, after: 'a' })).toEqual(['a:1', 'a:2']);
    expect(await context(here).presence.count({ prefix: 'a' })).toBe(3);
  });

  test.each([
    ['', 'TypeError: A presence key must not be empty.'],
    [5, 'TypeError: A presence key must be a text, but it is of type number.'],
    ['x'.repeat(513), 'HubError: A presence key may have at most 512 bytes, but it has 513.'],
    ['\ud83d', 'HubError: A presence key must not have half of a surrogate pair.'],
  ])('refuses the key %j', async (key, text) => {
    const here = site();
    const ann = await here.server.connect();
    for (const act of [
      (hub: AnyHub) => hub.presence.claim(key as string),
      (hub: AnyHub) => hub.presence.update(key as string, 1),
      (hub: AnyHub) => hub.presence.release(key as string),
      (hub: AnyHub) => hub.presence.get(key as string),
    ])
      expect(await here.run(ann, act)).toBe(text);
  });

  test('refuses what is too much, or no JSON, with a text that says so', async () => {
    const here = site();
    const ann = await here.server.connect();
    const circle: unknown[] = [];
    circle.push(circle);
    for (const [act, text] of [
      [
        (hub: AnyHub) => hub.presence.claim('x', 'x'.repeat(8_191)),
        /HubError: .* at most 8192 bytes as JSON, but it has 8193/,
      ],
      [(hub: AnyHub) => hub.presence.claim('x', circle), /TypeError: .* cannot be written as JSON/],
      [(hub: AnyHub) => hub.presence.claim('x', () => {}), /TypeError: .* must be JSON, but it is a function/],
      [
        (hub: AnyHub) => hub.presence.claim('x', 1, { as: '' }),
        /TypeError: The holder of a presence key \(as\) must not be empty/,
      ],
      [
        (hub: AnyHub) => hub.presence.claim('x', 1, { as: 5 as never }),
        /OptionsError: claim: as is a number, but it must be a text/,
      ],
      [(hub: AnyHub) => hub.presence.list({ limit: 1_001 }), /OptionsError: list: limit is 1001/],
    ] as const)
      expect(await here.run(ann, act)).toMatch(text);
    expect(await context(here).presence.count()).toBe(0);
    const many = await here.run(ann, async (hub) => {
      for (let n = 0; n < 101; n++) await hub.presence.claim(`${n}`);
    });
    expect(many).toBe('HubError: A connection can claim at most 100 presence keys.');
    expect(await context(here).presence.count()).toBe(100);
  });

  test('refuses a claim in a call whose time is over', async () => {
    const here = site();
    const ann = await here.server.connect();
    let kept: AnyHub | undefined;
    await here.run(ann, async (hub) => {
      kept = hub;
      await new Promise(() => {});
    });
    await here.server.pass(here.server.host.hub.options.invocationTimeoutMs + 1_000);
    expect(await kept?.presence.claim('x').catch(shown)).toMatch('RefusedError');
  });

  test('stays as it is when onPresence fails, which is logged', async () => {
    for (const fail of [
      () => {
        throw new Error('broken');
      },
      () => Promise.reject(new Error('broken')) as unknown as undefined,
    ]) {
      const here = site(undefined, undefined);
      const failing = setupHub({}).createHub({
        methods: { Act: method([any()], (hub) => hub.presence.claim('x')) },
        onPresence: fail,
      });
      const server = new MemoryServer(failing, { log: here.server.log });
      const peer = await server.connect();
      peer.client.invoke('Act', [0], '1');
      await server.settle();
      expect(peer.client.completions('1')[0]?.result).toBe(true);
      expect(server.log.lines.filter(({ text }) => text === 'onPresence failed').length).toBe(1);
    }
  });
});
