// What the moderators of a hub decide, and what becomes of their words.
import { describe, expect, test } from 'vitest';
import { HubError, OptionsError, RefusedError } from '../../src/errors.ts';
import type { HubOptions } from '../../src/hub/hub-options.ts';
import { method } from '../../src/hub/method.ts';
import type { Moderated, Moderator, Verdict } from '../../src/hub/moderator.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import { errorTexts } from '../../src/protocol/error-texts.ts';
import { clientProtocol } from '../support/client-protocols.ts';
import { MemoryServer, NOTHING_LEFT, type Peer } from '../support/memory-server.ts';
import { any } from '../support/schemas.ts';
import { uncaughtDuring } from '../support/uncaught.ts';

interface Listener {
  Said(...args: unknown[]): void;
  Asked(text: string): string;
}

const SECRET = 'SECRET of a moderator';

/** A server with a client of each protocol, all in the group `red`. */
async function start(moderate: readonly Moderator[], hubOptions: HubOptions = {}) {
  const hub = setupHub({ client: {} as Listener }).createHub({
    moderate,
    methods: {
      Say: method([any<string>()], (hub, text) => hub.clients.all.send('Said', text)),
      Ask: method([any<string>()], (hub, text) => hub.clients.caller.invoke('Asked', text)),
    },
    onConnected: (hub) => hub.groups.add(hub.connectionId, 'red'),
  });
  const server = new MemoryServer(hub, { hubOptions: { plain: true, ...hubOptions } });
  const json = await server.connect({ id: 'json', user: { id: 'ann', roles: ['admin'] } });
  const messagepack = server.open({ id: 'messagepack' });
  messagepack.client.protocol = clientProtocol('messagepack');
  messagepack.client.handshake();
  const plain = server.openPlain({ id: 'plain' });
  await server.settle();
  const peers = [json, messagepack, plain] as const;
  /** What each client has heard: all the same. */
  const heard = async () => {
    await server.settle();
    const [first, ...others] = peers.map(({ client }) => client.calls('Said'));
    for (const other of others) expect(other).toEqual(first);
    return first?.map((args) => args[0]);
  };
  const errors = () => server.log.lines.filter(({ level }) => level === 'error');
  return { server, json, messagepack, plain, heard, errors, clients: server.parts.context(hub).clients };
}

/** A moderator that answers when the test says so, in any order, by the text of the message. */
class Later {
  readonly asked = new Map<unknown, Deferred<Verdict>>();
  readonly moderate: Moderator = ({ args: [text] }) => {
    const verdict = defer<Verdict>();
    this.asked.set(text, verdict);
    return verdict.promise;
  };
}

const shouts: Moderator = ({ args: [text] }) =>
  typeof text === 'string' && text.startsWith('loud') ? { args: [text.toUpperCase()] } : undefined;

describe('a moderator sees', () => {
  test('the method, the arguments, the sender and the target of each message', async () => {
    const seen: Moderated[] = [];
    const { json, plain, server, clients } = await start([(message) => void seen.push(message)]);
    json.client.invoke('Say', ['by a method']);
    plain.client.invoke('Say', ['by a plain client']);
    await clients.groupExcept('red', ['plain']).send('Said', 'by the server', 2);
    await clients.user('ann').send('Said');
    const answer = clients.client('plain').invoke('Asked', 'a client');
    await server.settle();
    plain.client.complete(plain.client.requestedResults[0]?.invocationId ?? 'none', { result: 'yes' });
    expect(await answer).toBe('yes');
    const byServer = { connectionId: undefined, user: null };
    const all = { to: 'all', except: [] };
    expect(seen.toSorted((a, b) => String(a.args[0]).localeCompare(String(b.args[0])))).toEqual([
      {
        method: 'Asked',
        args: ['a client'],
        sender: byServer,
        to: 'whisper',
        target: { to: 'connections', ids: ['plain'] },
      },
      {
        method: 'Said',
        args: ['by a method'],
        sender: { connectionId: 'json', user: { id: 'ann', roles: ['admin'] } },
        to: 'broadcast',
        target: all,
      },
      {
        method: 'Said',
        args: ['by a plain client'],
        sender: { connectionId: 'plain', user: null },
        to: 'broadcast',
        target: all,
      },
      {
        method: 'Said',
        args: ['by the server', 2],
        sender: byServer,
        to: 'broadcast',
        target: { to: 'groups', groups: ['red'], except: ['plain'] },
      },
      { method: 'Said', args: [], sender: byServer, to: 'whisper', target: { to: 'users', ids: ['ann'] } },
    ]);
  });

  test('no results, no items of streams and no errors', async () => {
    const seen: unknown[] = [];
    const { json, server } = await start([(message) => void seen.push(message.method)]);
    json.client.invoke('Nowhere', [], '1');
    json.client.invoke('Ask', ['x'], '2');
    await server.settle();
    json.client.complete(json.client.requestedResults[0]?.invocationId ?? 'none', { result: 'yes' });
    await server.settle();
    expect(json.client.records.filter(({ type }) => type === 3)).toHaveLength(2);
    expect(seen).toEqual(['Asked']);
  });
});

describe('the moderators of a hub', () => {
  test('are asked in order; each sees what those before have made of the arguments, and so do all receivers', async () => {
    const seen: unknown[] = [];
    const watch: Moderator = ({ args }) => void seen.push(args[0]);
    const twice: Moderator = ({ args: [text] }) => ({ args: [`${text} ${text}`] });
    const { heard, clients } = await start([watch, shouts, watch, twice, watch]);
    await clients.all.send('Said', 'loud');
    await clients.all.send('Said', 'quiet');
    expect(seen).toEqual(['loud', 'LOUD', 'LOUD LOUD', 'quiet', 'quiet', 'quiet quiet']);
    expect(await heard()).toEqual(['LOUD LOUD', 'quiet quiet']);
  });

  test('behind one that refuses are not asked, at once or later', async () => {
    const seen: unknown[] = [];
    const refuses: Moderator = ({ args: [text] }) =>
      text === 'now' ? new HubError('Not that.') : Promise.resolve(new HubError('Not that, either.'));
    const { heard, clients, errors } = await start([refuses, ({ args }) => void seen.push(args)]);
    await expect(clients.all.send('Said', 'now')).rejects.toThrow(new HubError('Not that.'));
    await expect(clients.all.send('Said', 'later')).rejects.toThrow(new HubError('Not that, either.'));
    expect([seen, await heard(), errors()]).toEqual([[], [], []]);
  });

  test('change a message that is an invocation of a client, too', async () => {
    const { server, clients, messagepack } = await start([shouts]);
    const answer = clients.client('messagepack').invoke('Asked', 'loud');
    await server.settle();
    const [asked] = messagepack.client.requestedResults;
    expect(asked?.arguments).toEqual(['LOUD']);
    messagepack.client.complete(asked?.invocationId ?? 'none', { result: 'yes' });
    expect(await answer).toBe('yes');
  });

  test('leave the options of a message as they are', async () => {
    const { json, server, clients } = await start([shouts]);
    json.client.stall();
    void clients.all.send('Said', 'loud '.repeat(100_000));
    await server.settle();
    const conflated = clients.all.with({ conflate: 'level' });
    for (const level of [1, 2, 3]) void conflated.send('Said', `loud ${level}`);
    json.client.flow();
    await server.settle();
    expect(json.client.calls('Said').slice(1)).toEqual([['LOUD 3']]);
  });

  test('are asked by both outboxes, and a hub without any has none to ask', async () => {
    const { server } = await start([]);
    expect([server.host.broadcast.isModerated, server.host.whisper.isModerated]).toEqual([false, false]);
    const moderated = await start([() => new HubError('No.')]);
    for (const receivers of [moderated.clients.all, moderated.clients.client('json')])
      await expect(receivers.send('Said')).rejects.toThrow('No.');
    for (const { ledger } of [moderated.server.host.broadcast, moderated.server.host.whisper])
      expect(ledger.figures()).toMatchObject({ accepted: 1, delivered: 0, droppedBy: { moderated: 1 }, queued: 0 });
  });
});

describe('the text of a refusal', () => {
  const refuses: Moderator = ({ args: [text] }) => {
    if (text === 'thrown') throw new HubError('Not a word about that.');
    return text === 'returned' ? new HubError('Not a word about that.') : undefined;
  };

  test.each(['returned', 'thrown'])('of a HubError that is %s reaches the caller of a method', async (text) => {
    const { json, messagepack, plain, server, errors } = await start([refuses]);
    for (const { client } of [json, messagepack, plain]) client.invoke('Say', [text], '1');
    await server.settle();
    const error = "An unexpected error occurred invoking 'Say' on the server. HubException: Not a word about that.";
    for (const { client } of [json, messagepack, plain] as readonly Peer[])
      expect(client.records.filter(({ type }) => type === 3)).toMatchObject([{ invocationId: '1', error }]);
    expect(errors()).toEqual([]);
  });

  test('of anything else stays on the server: the sender gets to know that, and the log has the fault', async () => {
    const faults: readonly (readonly [string, () => unknown])[] = [
      [
        'throws',
        () => {
          throw new Error(SECRET);
        },
      ],
      ['rejects', () => Promise.reject(new Error(SECRET))],
      [
        'throws no error',
        () => {
          throw SECRET;
        },
      ],
      ['returns an error', () => new RefusedError(SECRET)],
      ['returns true', () => true],
      ['returns null', () => null],
      ['returns a text', () => SECRET],
      ['returns arguments that are no list', () => ({ args: SECRET })],
      ['returns an object', () => ({ arguments: [] })],
      [
        'returns what cannot be read',
        () =>
          new Proxy(
            {},
            {
              get: () => {
                throw new Error(SECRET);
              },
            },
          ),
      ],
      ['resolves with false', async () => false],
      ['returns what cannot be written', () => ({ args: [() => {}] })],
      ['resolves with what cannot be written', async () => ({ args: [1n] })],
    ];
    for (const [what, fault] of faults) {
      const { json, server, heard, errors, clients } = await start([fault as Moderator]);
      json.client.invoke('Say', ['canary-1234'], '1');
      await expect(clients.all.send('Said', 'canary-1234'), what).rejects.toThrow(
        new HubError(errorTexts.moderatorFailed),
      );
      await server.settle();
      const [answer] = json.client.records.filter(({ type }) => type === 3);
      expect(answer?.error, what).toContain(errorTexts.moderatorFailed);
      expect(answer?.error).not.toContain(SECRET);
      expect(await heard()).toEqual([]);
      expect(errors(), what).toMatchObject(
        [1, 2].map(() => ({ text: 'a moderator failed', data: { hub: '/hub', method: 'Said', outbox: 'broadcast' } })),
      );
      expect(JSON.stringify(server.log.lines)).not.toContain('canary-1234');
      expect(server.host.broadcast.ledger.figures()).toMatchObject({
        accepted: 2,
        droppedBy: { moderated: 2 },
        queued: 0,
      });
    }
  });
});

describe('moderators that answer later', () => {
  test('in any order keep the order of each sender, and a refusal touches no other message', async () => {
    const later = new Later();
    const { json, plain, heard, server } = await start([later.moderate]);
    for (const text of ['j1', 'j2', 'j3']) json.client.invoke('Say', [text]);
    for (const text of ['p1', 'p2']) plain.client.invoke('Say', [text]);
    const say = async (text: string, verdict: Verdict) => {
      await server.settle();
      later.asked.get(text)?.resolve(verdict);
      return heard();
    };
    expect(await say('p1', { args: ['P1'] })).toEqual(['P1']);
    expect(await say('p2', undefined)).toEqual(['P1', 'p2']);
    expect(await say('j1', new HubError('no'))).toEqual(['P1', 'p2']);
    expect(await say('j2', { args: ['J2'] })).toEqual(['P1', 'p2', 'J2']);
    expect(await say('j3', undefined)).toEqual(['P1', 'p2', 'J2', 'j3']);
  });

  test('give arguments that are written for those who are there then, in their protocols, at that moment', async () => {
    const later = new Later();
    const { server, clients } = await start([later.moderate]);
    for (const { client } of server.peers) client.cut();
    await server.settle();
    const sent = clients.group('red').send('Said', 'held');
    const plain = server.openPlain({ id: 'late plain' });
    const json = await server.connect({ id: 'late json' });
    await server.pass(2_000);
    later.asked.get('held')?.resolve({ args: ['let pass'] });
    await sent;
    await server.settle();
    for (const { client } of [plain, json]) expect(client.calls('Said')).toEqual([['let pass']]);
    const [frame] = (plain as Peer).transport.frames.slice(-1);
    expect(String(frame)).toContain(`"timestamp":"${new Date(server.clock.wallNow()).toISOString()}"`);
  });

  test('cannot change a message by changing its values, for no protocol', async () => {
    const gate = defer<undefined>();
    const { plain, messagepack, server, clients } = await start([
      ({ args }) => {
        expect(() => (args as unknown[]).push('more')).toThrow(TypeError);
        (args[0] as { text: string }).text = 'changed at once';
        return gate.promise.then(() => {
          (args[0] as { text: string }).text = 'changed later';
          return undefined;
        });
      },
    ]);
    messagepack.client.cut();
    await server.settle();
    const sent = clients.all.send('Said', { text: 'as it was sent' });
    const newcomer = server.open();
    newcomer.client.protocol = clientProtocol('messagepack');
    newcomer.client.handshake();
    await server.settle();
    gate.resolve(undefined);
    await sent;
    await server.settle();
    for (const { client } of [plain, newcomer]) expect(client.calls('Said')).toEqual([[{ text: 'as it was sent' }]]);
  });

  test('may themselves send: each message has the verdict about itself', async () => {
    const gates = new Map<unknown, Deferred<Verdict>>();
    const sent: Promise<unknown>[] = [];
    const { heard, clients } = await start([
      ({ args: [text] }) => {
        const gate = defer<Verdict>();
        gates.set(text, gate);
        if (text === 'outer') sent.push(clients.all.send('Said', 'inner').catch(({ message }: Error) => message));
        return gate.promise;
      },
    ]);
    const outer = clients.all.send('Said', 'outer');
    gates.get('outer')?.resolve(undefined);
    expect(await heard()).toEqual([]);
    gates.get('inner')?.resolve(new HubError('not this one'));
    await outer;
    expect(await Promise.all(sent)).toEqual(['not this one']);
    expect(await heard()).toEqual(['outer']);
  });

  test('may answer with any thenable', async () => {
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested.
    const thenable = { then: (resolve: (verdict: Verdict) => void) => resolve({ args: ['then'] }) };
    const { heard, clients } = await start([() => thenable as unknown as Promise<Verdict>]);
    await clients.all.send('Said', 'x');
    expect(await heard()).toEqual(['then']);
  });
});

describe('the time of moderators', () => {
  const LATE = 'The moderators of /hub did not answer within 5000 ms (moderationTimeoutMs).';

  test('is five seconds for all moderators of a message together; what they say later is ignored', async () => {
    const [first, second] = [new Later(), new Later()];
    const { heard, clients, server } = await start([first.moderate, second.moderate]);
    const slow = clients.all.send('Said', 'slow');
    const behind = clients.all.send('Said', 'behind');
    await server.pass(3_000);
    first.asked.get('slow')?.resolve(undefined);
    await server.pass(1_900);
    expect(second.asked.has('slow')).toBe(true);
    await server.pass(200);
    await expect(slow).rejects.toThrow(new RefusedError(LATE));
    // The time of the next message has begun with its first moderator.
    second.asked.get('slow')?.resolve({ args: ['too late'] });
    await server.pass(4_000);
    for (const later of [first, second]) {
      later.asked.get('behind')?.resolve(undefined);
      await server.settle();
    }
    await behind;
    expect(await heard()).toEqual(['behind']);
    expect(server.host.broadcast.ledger.figures()).toMatchObject({
      accepted: 2,
      droppedBy: { moderated: 1 },
      queued: 0,
    });
  });

  test('is over for each message by itself: one alarm is enough for all of them', async () => {
    const later = new Later();
    const { server } = await start([later.moderate], {
      keepAliveIntervalMs: 3_600_000,
      clientTimeoutMs: 7_200_000,
    });
    const before = server.parts.wheel.armed;
    const outcomes: string[] = [];
    const router = server.host.router;
    for (let n = 0; n < 100; n++) {
      const sender = { connectionId: undefined, user: null };
      router.send(sender, { to: 'all', except: [] }, 'Said', [n], {}).then(
        () => outcomes.push(`${n} sent`),
        (error: Error) => outcomes.push(`${n} ${error.name}`),
      );
      if (n % 10 === 9) await server.pass(100);
    }
    expect(server.parts.wheel.armed).toBe(before + 1);
    for (let n = 0; n < 100; n += 2) later.asked.get(n)?.resolve(undefined);
    await server.settle();
    expect(outcomes).toHaveLength(50);
    await server.pass(4_100);
    const late = outcomes.filter((outcome) => outcome.endsWith('RefusedError')).length;
    expect(late).toBeGreaterThan(0);
    expect(late).toBeLessThan(15);
    await server.pass(1_100);
    expect(outcomes.slice(50)).toEqual(Array.from({ length: 50 }, (_, at) => `${2 * at + 1} RefusedError`));
    expect(server.parts.wheel.armed).toBe(before);
  });

  test('asks no moderator behind one that was late', async () => {
    const later = new Later();
    const seen: unknown[] = [];
    const { clients, server } = await start([later.moderate, ({ args }) => void seen.push(args[0])]);
    const slow = clients.all.send('Said', 'slow');
    await server.pass(5_200);
    await expect(slow).rejects.toThrow(LATE);
    later.asked.get('slow')?.resolve(undefined);
    await server.settle();
    expect(seen).toEqual([]);
  });

  test('has no limit with 0', async () => {
    const later = new Later();
    const { heard, clients, server } = await start([later.moderate], { moderationTimeoutMs: 0 });
    const slow = clients.all.send('Said', 'slow');
    await server.pass(3_600_000);
    later.asked.get('slow')?.resolve(undefined);
    await slow;
    expect(await heard()).toEqual(['slow']);
  });

  test('is over when the server has closed: no sender waits for ever, and nothing is left', async () => {
    const { clients, server } = await start([new Later().moderate], { moderationTimeoutMs: 0 });
    const uncaught = await uncaughtDuring(async () => {
      const sends = [clients.all.send('Said', '1'), clients.client('json').send('Said', '2')];
      const closed = server.parts.close({ drainMs: 0 });
      await server.pass(10_000);
      await closed;
      sends.push(clients.all.send('Said', '3'));
      for (const sent of sends)
        await expect(sent).rejects.toThrow(
          new RefusedError('The server has closed before the moderators of /hub answered.'),
        );
    });
    expect(uncaught).toEqual([]);
    expect(server.leftovers()).toEqual(NOTHING_LEFT);
  });
});

test('moderators are functions in a list', () => {
  const create = (moderate: unknown) => () =>
    setupHub({}).createHub({ methods: {}, moderate: moderate as readonly Moderator[] });
  expect(create(() => undefined)).toThrow(OptionsError);
  expect(create([() => undefined, 'none'])).toThrow('createHub: moderate[1] is a text, but it must be a function.');
  const settings = { methods: {}, options: { moderationTimeoutMs: -1 } };
  expect(() => setupHub({}).createHub(settings)).toThrow('options.moderationTimeoutMs is -1');
});
