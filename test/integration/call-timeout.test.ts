import { describe, expect, test } from 'vitest';
import { method, RefusedError, setupHub } from '../../src/index.ts';
import { callsTo, connect, openRaw } from '../support/clients.ts';
import { Hold } from '../support/hold.ts';
import { Inbox } from '../support/inbox.ts';
import { startServer } from '../support/test-server.ts';
import { startTimedServer } from '../support/timed-server.ts';

interface Told {
  Tell(text: string): void;
}

/** A use of the hub after the call's time limit, and its error. */
type Attempt = readonly [what: string, error: unknown];

/** @param hold Holds the calls of `Patient`. */
function slowHub(attempts: Inbox<Attempt> = new Inbox(), hold: Hold = new Hold()) {
  const attempt = async (what: string, run: () => unknown): Promise<void> => {
    try {
      await run();
      attempts.put([what, undefined]);
    } catch (error) {
      attempts.put([what, error]);
    }
  };
  return setupHub({
    client: {} as Told,
    state: () => ({ count: 0 }),
    shared: () => new Map<string, string>(),
  }).createHub({
    options: { invocationTimeoutMs: 200 },
    methods: {
      Stay: method([], () => new Promise<string>(() => {})),
      StayShort: method([], { timeoutMs: 100 }, () => new Promise<string>(() => {})),
      /** Goes on after its time limit, as a method does that never looks at its signal. */
      GoOn: method([], async (hub) => {
        await new Promise((resolve) => hub.signal.addEventListener('abort', resolve));
        await attempt('caller', () => hub.clients.caller.send('Tell', 'late'));
        await attempt('all', () => hub.clients.all.send('Tell', 'late'));
        await attempt('group', () => hub.groups.add(hub.connectionId, 'late'));
        await attempt('abort others', () => hub.clients.user('u').abort());
        await attempt('state', () => hub.state.count);
        await attempt('shared', () => hub.shared.size);
        return 'late';
      }),
      Patient: method([], { timeoutMs: 0 }, async (hub) => {
        hold.begun.put(hub.connectionId);
        await hold.released;
        return 'done';
      }),
      Quick: method([], () => 'quick'),
      Tell: method([], (hub) => hub.clients.caller.send('Tell', 'in time')),
    },
  });
}

describe('a call that takes too long', () => {
  test('is answered with an error that says how long it may take', async () => {
    const { url } = await startServer({ '/hub': slowHub() });
    const client = await connect(url('/hub'));
    await expect(client.invoke('Stay')).rejects.toThrow(
      new Error(
        "An unexpected error occurred invoking 'Stay' on the server. HubException: It took longer than 200 ms.",
      ),
    );
  });

  test("a method's own limit counts instead of the hub's", async () => {
    const { url } = await startServer({ '/hub': slowHub() });
    const client = await connect(url('/hub'));
    await expect(client.invoke('StayShort')).rejects.toThrow(
      new Error(
        "An unexpected error occurred invoking 'StayShort' on the server. HubException: It took longer than 100 ms.",
      ),
    );
  });

  test('a method may have no limit at all', async () => {
    const hold = new Hold();
    const { url, pass } = await startTimedServer({ '/hub': slowHub(undefined, hold) });
    const client = await connect(url('/hub'));
    const answer = client.invoke('Patient');
    await hold.begun.until(1);
    // A hundred times the limit of the hub.
    pass(20_000);
    hold.release();
    expect(await answer).toBe('done');
  });

  test('frees its slot: calls behind it are made, in their order', async () => {
    const { url } = await startServer({ '/hub': slowHub() });
    const client = await connect(url('/hub'));
    const ends: string[] = [];
    const follow = (name: string) =>
      client.invoke(name).then(
        () => ends.push(`${name} answered`),
        () => ends.push(`${name} refused`),
      );
    await Promise.all([follow('Stay'), follow('Quick'), follow('StayShort'), follow('Quick')]);
    expect(ends).toEqual(['Stay refused', 'Quick answered', 'StayShort refused', 'Quick answered']);
  });

  test('can neither send nor touch state any more', async () => {
    const attempts = new Inbox<Attempt>();
    const { url, server } = await startServer({ '/hub': slowHub(attempts) });
    const client = await connect(url('/hub'));
    const told = callsTo<[string]>(client, 'Tell');
    await expect(client.invoke('GoOn')).rejects.toThrow('HubException: It took longer than 200 ms.');
    await attempts.until(6);
    expect(attempts.all.map(([what]) => what)).toEqual(['caller', 'all', 'group', 'abort others', 'state', 'shared']);
    for (const [what, error] of attempts.all) expect(error, what).toBeInstanceOf(RefusedError);
    // A later call is answered after everything that the late one could have sent.
    await client.invoke('Tell');
    expect(told.all).toEqual([['in time']]);
    expect([...server.connections()].map(({ groups }) => groups)).toEqual([[]]);
  });

  test('has one answer: its late result reaches nobody', async () => {
    const attempts = new Inbox<Attempt>();
    const { port } = await startServer({ '/hub': slowHub(attempts) });
    const client = await openRaw(port);
    const answer = await client.invoke('GoOn');
    expect(answer.error).toContain('It took longer than 200 ms.');
    await attempts.until(6);
    // Effects of the late result would arrive before the answer to a later call.
    expect(await client.invoke('Quick')).toMatchObject({ result: 'quick' });
    expect(client.records.all.filter(({ invocationId }) => invocationId === answer.invocationId)).toEqual([answer]);
  });
});
