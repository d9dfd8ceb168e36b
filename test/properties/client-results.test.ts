import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DisconnectedError, HubError, RefusedError } from '../../src/errors.ts';
import type { HubContext } from '../../src/hub/hub-context.ts';
import { method, stream } from '../../src/hub/method.ts';
import type { Moderator } from '../../src/hub/moderator.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import { MAXIMUM_PENDING_INVOCATIONS } from '../../src/routing/pending-invocations.ts';
import { MemoryServer, NOTHING_LEFT, type Peer } from '../support/memory-server.ts';
import { moderated } from '../support/moderated.ts';
import { property } from '../support/property.ts';
import { any } from '../support/schemas.ts';
import { abort } from '../support/sessions.ts';

interface ResultClient {
  Question(text: string): unknown;
  Heard(text: string): void;
}

type Outcome = { readonly value: unknown } | { readonly error: string };

function createServer(hubOptions = {}, moderator?: Moderator) {
  /** Outcome of the client results that each call requested, by the name of the call. */
  const outcomes = new Map<string, Outcome>();
  const begun: string[] = [];
  const note = (name: string, answer: Promise<unknown>) =>
    answer.then(
      (value) => void outcomes.set(name, { value }),
      (error: Error) => void outcomes.set(name, { error: `${error.name}: ${error.message}` }),
    );
  const plain = setupHub({ client: {} as ResultClient }).createHub({
    methods: {
      Ask: method([any<string>(), any<string>(), any<number>()], async (self, name, id, timeoutMs) => {
        begun.push(name);
        await note(name, self.clients.client(id).with({ timeoutMs }).invoke('Question', name));
        return name;
      }),
      AskAll: method([any<string>(), any<readonly string[]>()], async (self, name, ids) => {
        await Promise.all(ids.map((id) => note(`${name} ${id}`, self.clients.client(id).invoke('Question', name))));
      }),
      /** Sends a message before and after it requests a client result. */
      Chat: method([any<string>()], async ({ clients: { caller } }, name) => {
        void caller.send('Heard', `${name} before`);
        const answer = note(name, caller.invoke('Question', name));
        void caller.send('Heard', `${name} behind`);
        await answer;
      }),
      /** Does not await the client result. */
      AskAside: method([any<string>()], (self, name) => void note(name, self.clients.caller.invoke('Question', name))),
      AskInStream: stream([any<string>()], async function* (self, name) {
        await note(name, self.clients.caller.invoke('Question', name));
        yield name;
      }),
      Note: method([any<string>()], (_hub, name) => void begun.push(name)),
    },
    onConnected: (self) => {
      if (self.user?.id === 'asked at once') return note('onConnected', self.clients.caller.invoke('Question', 'x'));
      return undefined;
    },
    onDisconnected: (self) => {
      if (self.user !== null) return note('onDisconnected', self.clients.caller.invoke('Question', 'x'));
      return undefined;
    },
  });
  const hub = moderated(plain, { whisper: moderator === undefined ? [] : [moderator] });
  const server = new MemoryServer(hub, { hubOptions });
  const { clients } = server.host.hub.context as HubContext<ResultClient>;
  return { server, outcomes, begun, note, clients };
}

/** Invocation ids of the client results that a client was asked for, by their text. */
const asked = ({ client }: Peer, text: string) =>
  client.requestedResults
    .filter((requestedResult) => requestedResult.arguments?.[0] === text)
    .map(({ invocationId = '' }) => invocationId);
const idOf = (peer: Peer, text: string) => asked(peer, text).at(-1) ?? 'none';

type Step =
  | { readonly does: 'ask'; readonly whom: number; readonly timeoutMs: number; readonly isFromOutside: boolean }
  | { readonly does: 'answer' | 'fail' | 'answer twice' | 'answer for another' | 'abort'; readonly which: number }
  | { readonly does: 'leave'; readonly whom: number; readonly how: 'close' | 'cut' | 'sendClose' | 'sent away' }
  | { readonly does: 'pass'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('ask' as const),
      whom: fc.nat(2),
      timeoutMs: fc.constantFrom(0, 500, 1_500),
      isFromOutside: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constantFrom(
        'answer' as const,
        'answer' as const,
        'fail' as const,
        'answer twice' as const,
        'abort' as const,
      ),
      which: fc.nat(9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('answer for another' as const), which: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('leave' as const),
      whom: fc.nat(2),
      how: fc.constantFrom('close' as const, 'cut' as const, 'sendClose' as const, 'sent away' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('pass' as const), ms: fc.constantFrom(200, 1_000) }) },
);

/** A client result in the model. */
interface Modelled {
  readonly name: string;
  readonly whom: string;
  readonly deadline: number;
  readonly abort: AbortController | undefined;
  expected: Outcome | undefined;
}

const CANCELED = 'HubError: Invocation canceled by the server.';

describe('a client result', () => {
  property(
    'is settled once, as the asked client says; or by its end, the time or the signal',
    [fc.array(step, { maxLength: 30, size: 'max' })],
    {
      runs: 200,
      sometimes: [
        'answered',
        'answered with an error',
        'answered twice',
        'answered by another, who is sent away',
        'answered too late',
        'aborted',
        'out of time',
        'its client leaves',
        'asked of nobody',
      ],
      examples: [
        [
          [
            { does: 'ask', whom: 0, timeoutMs: 0, isFromOutside: true },
            { does: 'abort', which: 0 },
          ],
        ],
      ],
    },
    async (steps, reached) => {
      const { server, outcomes, note, clients } = createServer();
      const asker = await server.connect({ id: 'asker' });
      const peers = [await server.connect({ id: 'p0' }), await server.connect({ id: 'p1' })];
      const gone = new Set<string>();
      const requestedResults: Modelled[] = [];
      const settle = (fits: (requestedResult: Modelled) => boolean, expected: Outcome) => {
        for (const requestedResult of requestedResults)
          if (requestedResult.expected === undefined && fits(requestedResult)) requestedResult.expected = expected;
      };
      const leave = (peer: Peer) => {
        gone.add(peer.id);
        settle(({ whom }) => whom === peer.id, { error: `DisconnectedError: Connection '${peer.id}' disconnected.` });
      };
      for (const [at, one] of steps.entries()) {
        if (one.does === 'ask') {
          const name = `q${at}`;
          const whom = one.whom === 2 ? 'nobody' : (peers[one.whom] as Peer).id;
          const deadline = one.timeoutMs === 0 ? Number.POSITIVE_INFINITY : server.clock.now() + one.timeoutMs;
          const abort = one.isFromOutside ? new AbortController() : undefined;
          const requestedResult: Modelled = { name, whom, deadline, abort, expected: undefined };
          if (whom === 'nobody' || gone.has(whom)) {
            requestedResult.expected = { error: `DisconnectedError: Connection '${whom}' does not exist.` };
            reached('asked of nobody');
          }
          requestedResults.push(requestedResult);
          if (abort === undefined) asker.client.invoke('Ask', [name, whom, one.timeoutMs]);
          else {
            const options = { timeoutMs: one.timeoutMs, signal: abort.signal };
            note(name, clients.client(whom).with(options).invoke('Question', name));
          }
        } else if (one.does === 'pass') {
          await server.pass(one.ms);
          // The wheel is as exact as its ticks.
          reached(
            'out of time',
            requestedResults.some(({ expected, deadline }) => expected === undefined && deadline <= server.clock.now()),
          );
          settle(({ deadline }) => deadline <= server.clock.now(), { error: CANCELED });
        } else if (one.does === 'leave') {
          const peer = peers[one.whom % 2] as Peer;
          reached(
            'its client leaves',
            requestedResults.some(({ expected, whom }) => expected === undefined && whom === peer.id),
          );
          if (one.how === 'sent away') abort(peer.connection);
          else peer.client[one.how]();
          leave(peer);
        } else {
          const requestedResult = requestedResults[one.which % Math.max(1, requestedResults.length)];
          const peer = peers.find(({ id }) => id === requestedResult?.whom);
          if (requestedResult === undefined || peer === undefined) continue;
          const [id] = asked(peer, requestedResult.name);
          if (id === undefined) continue;
          const isThis = (other: Modelled) => other === requestedResult;
          const isThere = !gone.has(peer.id);
          const isOpen = isThere && requestedResult.expected === undefined;
          if (one.does === 'abort') {
            requestedResult.abort?.abort();
            reached('aborted', isOpen && requestedResult.abort !== undefined);
            if (requestedResult.abort !== undefined) settle(isThis, { error: CANCELED });
          } else if (one.does === 'fail') {
            peer.client.complete(id, { error: 'no' });
            reached('answered with an error', isOpen);
            if (isThere) settle(isThis, { error: 'HubError: no' });
          } else if (one.does === 'answer for another') {
            const other = peers.find(({ id: otherId }) => otherId !== peer.id) as Peer;
            const isUnsettled = requestedResult.expected === undefined;
            other.client.complete(id, { result: 'stolen' });
            if (isUnsettled && !gone.has(other.id)) {
              reached('answered by another, who is sent away');
              await server.settle();
              expect(other.client.closeRecord).toMatchObject({
                error: 'Connection closed with an error.',
                allowReconnect: true,
              });
              leave(other);
            }
          } else {
            peer.client.complete(id, { result: at });
            reached('answered', isOpen);
            reached('answered twice', isOpen && one.does === 'answer twice');
            reached('answered too late', isThere && !isOpen);
            if (one.does === 'answer twice') peer.client.complete(id, { result: 'again' });
            if (isThere) settle(isThis, { value: at });
          }
        }
        await server.settle();
        for (const { name, expected } of requestedResults) expect([name, outcomes.get(name)]).toEqual([name, expected]);
      }
      await server.pass(2_000);
      await server.parts.close({ drainMs: 0 });
      await server.settle();
      for (const { name } of requestedResults) expect(outcomes.has(name)).toBe(true);
      expect(server.leftovers()).toEqual(NOTHING_LEFT);
    },
  );

  property(
    'keeps its place among what the same caller is sent',
    [fc.array(fc.constantFrom('Chat', 'AskAside'), { minLength: 1, maxLength: 6 })],
    30,
    async (calls) => {
      const { server } = createServer({ maximumParallelInvocationsPerClient: 3 });
      const peer = await server.connect();
      for (const [at, name] of calls.entries()) peer.client.invoke(name, [`${at}`]);
      await server.settle();
      const told = peer.client.records.flatMap((record) => record.arguments ?? []);
      const expected = calls.flatMap((name, at) =>
        name === 'Chat' ? [`${at} before`, `${at}`, `${at} behind`] : [`${at}`],
      );
      expect(told).toEqual(expected);
    },
  );
});

describe('a client result that a moderator checks', () => {
  property(
    'is held, keeps its place among what its sender has sent, and may be refused: then nobody is asked',
    [fc.array(fc.boolean(), { minLength: 1, maxLength: 5 })],
    { runs: 30, sometimes: ['refused', 'asked'] },
    async (verdicts, reached) => {
      const decisions: Deferred<undefined | HubError>[] = [];
      const { server, outcomes } = createServer({ maximumParallelInvocationsPerClient: 10 }, ({ args: [text] }) => {
        if (!/^\d+$/.test(String(text))) return undefined;
        const decision = defer<undefined | HubError>();
        decisions.push(decision);
        return decision.promise;
      });
      const peer = await server.connect();
      for (const name of verdicts.keys()) peer.client.invoke('Chat', [`${name}`]);
      await server.settle();
      for (const [name, isRefused] of verdicts.entries()) {
        // The first of them is decided; then the moderator sees the next one.
        decisions[name]?.resolve(isRefused ? new HubError(`refused ${name}`) : undefined);
        await server.settle();
        reached(isRefused ? 'refused' : 'asked');
        if (isRefused) expect(outcomes.get(`${name}`)).toEqual({ error: `HubError: refused ${name}` });
      }
      // Before the first was decided, every call had sent everything up to its client result; everything later waited.
      const told = peer.client.records.flatMap((record) => record.arguments ?? []);
      const expected = verdicts.flatMap((isRefused, n) => [
        `${n} before`,
        ...(isRefused ? [] : [`${n}`]),
        `${n} behind`,
      ]);
      expect(told).toEqual(expected);
      expect(server.leftovers().requestedResults).toBe(verdicts.filter((isRefused) => !isRefused).length);
    },
  );
});

describe('a call that waits for clients', () => {
  property(
    'lets others run in its place, however many wait; each ends with its own answer',
    [fc.integer({ min: 1, max: MAXIMUM_PENDING_INVOCATIONS + 30 }), fc.integer({ min: 1, max: 3 })],
    {
      runs: 20,
      sometimes: ['more wait than may wait', 'all may wait'],
      examples: [
        [MAXIMUM_PENDING_INVOCATIONS + 3, 2],
        [MAXIMUM_PENDING_INVOCATIONS, 1],
      ],
    },
    async (count, maximumParallelInvocationsPerClient, reached) => {
      reached(count > MAXIMUM_PENDING_INVOCATIONS ? 'more wait than may wait' : 'all may wait');
      const { server, outcomes, begun } = createServer({ maximumParallelInvocationsPerClient });
      const peer = await server.connect();
      for (let n = 0; n < count; n++) peer.client.invoke('Ask', [`${n}`, peer.id, 0], `${n}`);
      peer.client.invoke('Note', ['at last']);
      await server.settle();
      const refused = `RefusedError: ${MAXIMUM_PENDING_INVOCATIONS} questions wait for an answer of this client already.`;
      for (let n = MAXIMUM_PENDING_INVOCATIONS; n < count; n++)
        expect(outcomes.get(`${n}`)).toEqual({ error: refused });
      expect(begun.at(-1)).toBe('at last');
      // The other way round.
      for (let n = Math.min(count, MAXIMUM_PENDING_INVOCATIONS) - 1; n >= 0; n--) {
        peer.client.complete(idOf(peer, `${n}`), { result: n });
        await server.settle();
        expect(outcomes.get(`${n}`)).toEqual({ value: n });
        expect(peer.client.completions(`${n}`)).toHaveLength(1);
      }
      expect(server.leftovers().requestedResults).toBe(0);
    },
  );

  test('gives up its place once: later it runs beside others', async () => {
    const { server, begun } = createServer();
    const peer = await server.connect();
    const hold = ['a', 'b', 'c'].map((name) => ({ type: 1, target: 'Ask', arguments: [name, peer.id, 0] }));
    peer.client.sendRecord(...hold);
    await server.settle();
    expect(begun).toEqual(['a', 'b', 'c']);
    peer.client.complete(idOf(peer, 'b'), { result: 1 });
    await server.settle();
    peer.client.invoke('Note', ['d']);
    await server.settle();
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
  });

  test('keeps its place when a hundred of the same client have given up theirs', async () => {
    const { server, begun } = createServer();
    const others = await Promise.all([...Array(3).keys()].map((n) => server.connect({ id: `other ${n}` })));
    const peer = await server.connect();
    for (let n = 0; n < 101; n++) peer.client.invoke('Ask', [`${n}`, `other ${n % 3}`, 0], `${n}`);
    peer.client.invoke('Note', ['waits']);
    await server.settle();
    expect(begun).toHaveLength(101);
    expect(begun).not.toContain('waits');
    const [other] = others as [Peer];
    other.client.complete(idOf(other, '0'), { result: 1 });
    await server.settle();
    // A call that has given up its slot has ended; a call that holds a slot still waits.
    expect(begun).not.toContain('waits');
    const holder = others[100 % 3] as Peer;
    holder.client.complete(idOf(holder, '100'), { result: 1 });
    await server.settle();
    expect(begun).toContain('waits');
  });

  property('has its time limit without the waiting', [fc.constantFrom(500, 5_000, 60_000)], 10, async (waiting) => {
    const { server, outcomes } = createServer({ invocationTimeoutMs: 1_000 });
    const peer = await server.connect();
    peer.client.invoke('Ask', ['q', peer.id, 0], 'call');
    await server.pass(waiting);
    expect(peer.client.completions('call')).toEqual([]);
    peer.client.complete(idOf(peer, 'q'), { result: 7 });
    await server.settle();
    expect(outcomes.get('q')).toEqual({ value: 7 });
    expect(peer.client.completions('call')).toEqual([{ type: 3, invocationId: 'call', result: 'q' }]);
  });

  test('asks several clients at once, and each answers for itself', async () => {
    const { server, outcomes } = createServer();
    const peers = [await server.connect(), await server.connect(), await server.connect()] as const;
    peers[0].client.invoke('AskAll', ['all', peers.map(({ id }) => id)], 'call');
    await server.settle();
    for (const [n, peer] of peers.entries())
      peer.client.complete(idOf(peer, 'all'), n === 1 ? { error: 'no' } : { result: n });
    await server.settle();
    const answers = peers.map(({ id }) => outcomes.get(`all ${id}`));
    expect(answers).toEqual([{ value: 0 }, { error: 'HubError: no' }, { value: 2 }]);
    expect(peers[0].client.completions('call')).toHaveLength(1);
  });

  test('may be a stream', async () => {
    const { server } = createServer();
    const peer = await server.connect();
    peer.client.stream('AskInStream', ['q'], 's');
    await server.settle();
    expect(peer.client.items('s')).toEqual([]);
    peer.client.complete(idOf(peer, 'q'), { result: 1 });
    await server.settle();
    expect(peer.client.items('s')).toEqual(['q']);
  });

  test('in onConnected or onDisconnected is told that nobody can answer', async () => {
    const { server, outcomes } = createServer();
    const peer = await server.connect({ user: { id: 'asked at once', roles: [] } });
    expect(outcomes.get('onConnected')).toEqual({
      error: `${new RefusedError('x').name}: Client results inside OnConnectedAsync Hub methods are not allowed.`,
    });
    peer.client.close();
    await server.settle();
    const { name } = new DisconnectedError('x');
    expect(outcomes.get('onDisconnected')).toEqual({ error: `${name}: Connection '${peer.id}' disconnected.` });
    expect(peer.client.requestedResults).toEqual([]);
  });
});

test('an answer that is no Unicode is an error, and one without anything is undefined', async () => {
  const { server, outcomes } = createServer();
  const peer = await server.connect();
  for (const name of ['a', 'b']) peer.client.invoke('AskAside', [name]);
  await server.settle();
  peer.client.send(`{"type":3,"invocationId":"${idOf(peer, 'a')}","result":"\\ud800"}\x1e`);
  peer.client.complete(idOf(peer, 'b'));
  await server.settle();
  expect(outcomes.get('a')).toEqual({
    error: `${new HubError('x').name}: The result cannot be read: it is broken, no valid Unicode, or too many values (maximumValuesPerMessage).`,
  });
  expect(outcomes.get('b')).toEqual({ value: undefined });
});
