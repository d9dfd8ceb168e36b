import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type HubOptions, method, setupHub } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { eventually, Inbox } from '../support/inbox.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { startServer } from '../support/test-server.ts';

/** Calls that run until the test ends them, and a log of what happened. */
class Stage {
  readonly diary = new Inbox<string>();
  readonly #ends = new Map<string, () => void>();

  async play(name: string, signal: AbortSignal): Promise<string> {
    this.diary.put(`${name} begins`);
    signal.addEventListener('abort', () => this.diary.put(`${name} is cancelled`));
    await new Promise<void>((resolve) => this.#ends.set(name, resolve));
    this.diary.put(`${name} ends`);
    return name;
  }

  end(name: string): void {
    this.#ends.get(name)?.();
  }

  /** Resolves when the log has this line. */
  says(line: string): Promise<string> {
    return this.diary.first((one) => one === line);
  }
}

function stageHub(stage: Stage, options: HubOptions = {}, opening: Promise<void> = Promise.resolve()) {
  return setupHub({}).createHub({
    options,
    methods: {
      Play: method([z.string()], (hub, name) => stage.play(name, hub.signal)),
      Note: method([z.string()], (_hub, text) => stage.diary.put(text)),
      Leave: method([], (hub) => hub.abort()),
    },
    async onConnected() {
      await opening;
      stage.diary.put('connected');
    },
    onDisconnected: (_hub, reason) => stage.diary.put(`disconnected: ${reason.name}`),
  });
}

const play = (name: string) => ({ type: 1, invocationId: name, target: 'Play', arguments: [name] });
const note = (text: string) => ({ type: 1, target: 'Note', arguments: [text] });

describe('the calls of one client', () => {
  test('run one after the other, in their order', async () => {
    const stage = new Stage();
    const { port } = await startServer({ '/hub': stageHub(stage) });
    const client = await openRaw(port);
    client.send(play('a'), play('b'), note('c'));
    await stage.says('a begins');
    stage.end('a');
    await stage.says('b begins');
    stage.end('b');
    await stage.says('c');
    expect(stage.diary.all).toEqual(['connected', 'a begins', 'a ends', 'b begins', 'b ends', 'c']);
    expect((await client.records.until(2)).map(({ result }) => result)).toEqual(['a', 'b']);
  });

  test('run two at a time where the hub allows two; each is answered when it is done', async () => {
    const stage = new Stage();
    const { port } = await startServer({ '/hub': stageHub(stage, { maximumParallelInvocationsPerClient: 2 }) });
    const client = await openRaw(port);
    client.send(play('a'), play('b'), play('c'));
    await stage.says('b begins');
    stage.end('b');
    await stage.says('c begins');
    stage.end('c');
    await client.records.until(2);
    stage.end('a');
    expect((await client.records.until(3)).map(({ result }) => result)).toEqual(['b', 'c', 'a']);
    expect(stage.diary.all).toEqual(['connected', 'a begins', 'b begins', 'b ends', 'c begins', 'c ends', 'a ends']);
  });

  test('hold up nobody else', async () => {
    const stage = new Stage();
    const { port } = await startServer({ '/hub': stageHub(stage) });
    const [one, two] = [await openRaw(port), await openRaw(port)];
    one.send(play('one'));
    await stage.says('one begins');
    two.send(play('two'));
    await stage.says('two begins');
    stage.end('two');
    expect(await two.records.until(1)).toMatchObject([{ result: 'two' }]);
    expect(one.records.length).toBe(0);
    stage.end('one');
    expect(await one.records.until(1)).toMatchObject([{ result: 'one' }]);
  });

  test('that came before onConnected was done wait for it', async () => {
    let open: () => void = () => {};
    const opening = new Promise<void>((resolve) => {
      open = resolve;
    });
    const stage = new Stage();
    const { port } = await startServer({ '/hub': stageHub(stage, {}, opening) });
    const client = await openRaw(port);
    client.send(note('first'), note('second'));
    // The server has read them when it answers what was sent after them, over another socket.
    await ask(port, requestText('GET', '/'));
    expect(stage.diary.all).toEqual([]);
    open();
    await stage.says('second');
    expect(stage.diary.all).toEqual(['connected', 'first', 'second']);
  });
});

describe('a call that the client cancels', () => {
  test('is told by its signal while it runs, and is answered all the same', async () => {
    const stage = new Stage();
    const { port } = await startServer({ '/hub': stageHub(stage) });
    const client = await openRaw(port);
    client.send(play('a'));
    await stage.says('a begins');
    client.send({ type: 5, invocationId: 'a' });
    await stage.says('a is cancelled');
    stage.end('a');
    expect(await client.records.until(1)).toMatchObject([{ invocationId: 'a', result: 'a' }]);
  });

  test('is told when it begins, if it still waited', async () => {
    const stage = new Stage();
    const hub = setupHub({}).createHub({
      methods: {
        Play: method([z.string()], (hub, name) => stage.play(name, hub.signal)),
        WasCancelled: method([], (hub) => hub.signal.aborted),
      },
    });
    const { port } = await startServer({ '/hub': hub });
    const client = await openRaw(port);
    const ask = (invocationId: string) => ({ type: 1, invocationId, target: 'WasCancelled', arguments: [] });
    client.send(play('a'), ask('b'), ask('c'), { type: 5, invocationId: 'b' });
    await stage.says('a begins');
    // The cancel has been read when a request that was sent after it is answered, even one of another client, because
    // one loop reads both.
    const other = await openRaw(port);
    expect(await other.invoke('WasCancelled')).toMatchObject({ result: false });
    stage.end('a');
    expect((await client.records.until(3)).map(({ result }) => result)).toEqual(['a', true, false]);
  });
});

describe('a client that leaves', () => {
  test('has its calls made all the same, before onDisconnected', async () => {
    const stage = new Stage();
    const started = await startServer({ '/hub': stageHub(stage) });
    const client = await openRaw(started.port);
    client.send(play('a'), note('b'), note('c'), { type: 7 });
    await stage.says('a is cancelled');
    stage.end('a');
    await stage.says('disconnected: client-closed');
    expect(stage.diary.all).toEqual([
      'connected',
      'a begins',
      'a is cancelled',
      'a ends',
      'b',
      'c',
      'disconnected: client-closed',
    ]);
    await client.ended;
    // The client that would get the answer has left.
    expect(client.records.all).toEqual([{ type: 7 }]);
  });

  test('at once, in the packet of its handshake: everything happens in its order', async () => {
    const stage = new Stage();
    const started = await startServer({ '/hub': stageHub(stage) });
    const client = await openRaw(started.port, { handshake: false });
    client.send({ protocol: 'json', version: 1 }, note('a'), note('b'), { type: 7 });
    await client.ended;
    await eventually(() => started.server.supervisor.size === 0);
    expect(stage.diary.all).toEqual(['connected', 'a', 'b', 'disconnected: client-closed']);
    expect(client.records.all).toEqual([{}, { type: 7 }]);
  });

  test('because the hub sends it away: calls that wait are not made any more', async () => {
    const stage = new Stage();
    const started = await startServer({ '/hub': stageHub(stage) });
    const client = await openRaw(started.port);
    client.send(note('a'), { type: 1, target: 'Leave', arguments: [] }, note('never'));
    await client.ended;
    await eventually(() => started.server.supervisor.size === 0);
    expect(stage.diary.all).toEqual(['connected', 'a', 'disconnected: aborted']);
  });
});
