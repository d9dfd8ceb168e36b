import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createServer, method, OptionsError, setupHub } from '../../src/index.ts';
import { callsTo, connect } from '../support/clients.ts';
import { startServer } from '../support/test-server.ts';

function roomHub(name: string) {
  return setupHub({ client: {} as { Said(text: string): void }, shared: () => ({ calls: 0 }) }).createHub({
    methods: {
      Enter: method([z.string()], (hub, group) => hub.groups.add(hub.connectionId, group)),
      SayToAll: method([z.string()], (hub, text) => hub.clients.all.send('Said', `${name}: ${text}`)),
      SayToGroup: method([z.string(), z.string()], (hub, group, text) =>
        hub.clients.group(group).send('Said', `${name}: ${text}`),
      ),
      SayTo: method([z.string(), z.string()], (hub, id, text) =>
        hub.clients.client(id).send('Said', `${name}: ${text}`),
      ),
      SayToUser: method([z.string(), z.string()], (hub, user, text) =>
        hub.clients.user(user).send('Said', `${name}: ${text}`),
      ),
      Count: method([], (hub) => {
        hub.shared.calls += 1;
        return hub.shared.calls;
      }),
    },
  });
}

describe('two hubs on one server', () => {
  test('do not see each other, however a message is addressed', async () => {
    const { url } = await startServer(
      { '/cats': roomHub('cats'), '/dogs': roomHub('dogs') },
      // Both hubs have the same user.
      { authenticate: () => ({ id: 'ada', roles: [] }) },
    );
    const [cat, dog] = await Promise.all([connect(url('/cats')), connect(url('/dogs'))]);
    const [catHeard, dogHeard] = [callsTo<[string]>(cat, 'Said'), callsTo<[string]>(dog, 'Said')];
    await Promise.all([cat.invoke('Enter', 'garden'), dog.invoke('Enter', 'garden')]);

    await cat.invoke('SayToAll', 'to all');
    await cat.invoke('SayToGroup', 'garden', 'to the garden');
    await cat.invoke('SayTo', dog.connectionId, 'to the dog');
    await cat.invoke('SayToUser', 'ada', 'to Ada');
    await dog.invoke('SayToAll', 'last');

    // A broadcast of its own hub arrives after everything that the other hub could have sent.
    expect(await dogHeard.until(1)).toEqual([['dogs: last']]);
    expect(catHeard.all).toEqual([['cats: to all'], ['cats: to the garden'], ['cats: to Ada']]);
  });

  test('share nothing between them, and one value between all connections of each', async () => {
    const { url } = await startServer({ '/cats': roomHub('cats'), '/dogs': roomHub('dogs') });
    const [one, two, dog] = await Promise.all([connect(url('/cats')), connect(url('/cats')), connect(url('/dogs'))]);
    expect(await one.invoke('Count')).toBe(1);
    expect(await two.invoke('Count')).toBe(2);
    expect(await dog.invoke('Count')).toBe(1);
  });

  test('are told apart by server.connections() and reached by their own context', async () => {
    const [cats, dogs] = [roomHub('cats'), roomHub('dogs')];
    const { url, server } = await startServer({ '/cats': cats, '/dogs': dogs });
    const [cat, dog] = await Promise.all([connect(url('/cats')), connect(url('/dogs'))]);
    const [catHeard, dogHeard] = [callsTo<[string]>(cat, 'Said'), callsTo<[string]>(dog, 'Said')];
    expect(new Map([...server.connections()].map(({ hub, connectionId }) => [hub, connectionId]))).toEqual(
      new Map([
        ['/cats', cat.connectionId],
        ['/dogs', dog.connectionId],
      ]),
    );
    await server.context(cats).clients.all.send('Said', 'meow');
    await server.context(dogs).clients.all.send('Said', 'woof');
    expect(await catHeard.until(1)).toEqual([['meow']]);
    expect(await dogHeard.until(1)).toEqual([['woof']]);
  });

  test('a hub of another server has no context here', async () => {
    const { server } = await startServer({ '/cats': roomHub('cats') });
    expect(() => server.context(roomHub('cats'))).toThrow(OptionsError);
  });

  test('cannot be at one path, nor one hub at two', () => {
    const hub = roomHub('cats');
    expect(() => createServer({ hubs: { '/cats': hub, '/CATS/': roomHub('more') } })).toThrow(OptionsError);
    expect(() => createServer({ hubs: { '/cats': hub, '/dogs': hub } })).toThrow(OptionsError);
  });
});
