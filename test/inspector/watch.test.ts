import { describe, expect, test, vi } from 'vitest';
import { Watch } from '../../src/inspector/watch.ts';
import { connect } from '../support/clients.ts';
import { actorNamed, actorsOf, startInspected, statusIn } from './inspected-server.ts';

function actor(id: string, sessionId: string) {
  return { id, sessionId, getSnapshot: () => undefined };
}

describe('?watch', () => {
  test.each([
    ['', 'everything', ['node', 'x:7', 'other'], []],
    ['watch=', 'everything', ['node', 'other'], []],
    ['watch=node', 'an actor by its name', ['node'], ['other']],
    ['watch=x:7', 'an actor by its session id', ['x:7'], ['other']],
    ['watch=node&watch=abc', 'several, repeated', ['node', 'abc'], ['other']],
    ['Watch=node,%20abc', 'several, with a comma', ['node', 'abc'], ['other', ' abc']],
    ['watch=broadcast:/hubs/chat', 'an outbox', ['broadcast:/hubs/chat'], ['broadcast:/hubs']],
  ])('%s means %s', (query, _what, wanted, unwanted) => {
    const watch = Watch.of(new URLSearchParams(query));
    for (const id of wanted) {
      expect(watch.includes(actor(id, '-')) || watch.includes(actor('-', id)), id).toBe(true);
    }
    for (const id of unwanted) expect(watch.includes(actor(id, id)), id).toBe(false);
  });
});

describe('an inspector that watches one connection', () => {
  test('is shown that one, and hears of nothing else', async () => {
    const { url, receive } = await startInspected();
    const [ann, bob] = [await connect(url), await connect(url)];
    const everything = receive();
    const narrow = receive(`?watch=${ann.connectionId}`);
    const actor = await actorNamed(narrow, ann.connectionId as string);
    await actorNamed(everything, bob.connectionId as string);
    await bob.stop();
    await ann.stop();
    await narrow.first((message) => statusIn(message) === 'done');
    expect(new Set(narrow.all.map(({ sessionId }) => sessionId))).toEqual(new Set([actor.sessionId]));
    expect(new Set(everything.all.map(({ sessionId }) => sessionId)).size).toBeGreaterThan(2);
  });

  test('costs no conversion of any other', async () => {
    const { server, url, receive } = await startInspected();
    const [ann, bob] = [await connect(url), await connect(url)];
    const name = ann.connectionId as string;
    const seen = receive(`?watch=${name}`);
    await actorNamed(seen, name);
    const conversions = Array.from(server.supervisor.connections(), (connection) => ({
      isWatched: connection.connectionId === name,
      conversion: vi.spyOn(connection, 'toJSON'),
    }));
    await bob.stop();
    await ann.stop();
    await seen.first((message) => statusIn(message) === 'done');
    expect(conversions.map(({ conversion, isWatched }) => [isWatched, conversion.mock.calls.length > 0])).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  test('may name it before it is there', async () => {
    const { server, receive } = await startInspected();
    const seen = receive('?watch=late,node');
    await actorNamed(seen, 'node');
    server.supervisor.service('late', {
      getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined }),
      transition: (snapshot) => snapshot,
      getPersistedSnapshot: (snapshot) => snapshot,
    });
    const late = await actorNamed(seen, 'late');
    expect(JSON.parse(late.definition as string)).toEqual({ id: 'late' });
    expect(actorsOf(seen).map(({ name }) => name)).toEqual(['node', 'late']);
  });
});
