import { z } from 'zod';
import { method, type Position, type Receivers, setupHub } from '../../src/index.ts';
import { same } from './same.ts';

// The clients that a hub can reach, and the methods that it may call there.

interface BoardClient {
  Drawn(x: number, y: number): void;
  Titled(title?: string): void;
  Cleared(): Promise<void>;
  Invited(name: string, ...more: string[]): void;
  Confirm(question: string): boolean;
  Measure(): Promise<{ width: number }>;
}

setupHub({ client: {} as BoardClient }).createHub({
  methods: {
    Draw: method([z.string()], async (hub, id) => {
      const { clients } = hub;
      same<ReturnType<typeof clients.all.send>, Promise<Position | undefined>>(true);

      await clients.all.send('Drawn', 1, 2);
      await clients.caller.send('Cleared');
      await clients.others.send('Titled');
      await clients.others.send('Titled', 'a board');
      await clients.allExcept([id]).send('Invited', 'Ada', 'Grace', 'Mary');
      await clients.client(id).send('Drawn', 1, 2);
      await clients.clients([id]).send('Drawn', 1, 2);
      await clients.group('red').send('Drawn', 1, 2);
      await clients.groups(['red', 'blue']).send('Drawn', 1, 2);
      await clients.groupExcept('red', [id]).send('Drawn', 1, 2);
      await clients.othersInGroup('red').send('Drawn', 1, 2);
      await clients.user('ada').send('Drawn', 1, 2);
      await clients.users(['ada']).send('Drawn', 1, 2);

      // @ts-expect-error no client has this method
      await clients.all.send('Drawm', 1, 2);
      // @ts-expect-error an argument of the wrong type
      await clients.all.send('Drawn', 1, '2');
      // @ts-expect-error an argument too few
      await clients.all.send('Drawn', 1);
      // @ts-expect-error an argument too many
      await clients.all.send('Drawn', 1, 2, 3);
      // @ts-expect-error a rest argument has a type, too
      await clients.all.send('Invited', 'Ada', 7);
      // @ts-expect-error names are texts, not just anything
      await clients.all.send(id, 1, 2);
      // @ts-expect-error a list of ids, even for one
      clients.clients(id);
      // @ts-expect-error a group is a name
      clients.group(['red']);
    }),

    Sketch: method([], async ({ clients }) => {
      await clients.others.with({ conflate: 'pen', policy: 'dropOldest' }).send('Drawn', 1, 2);
      await clients.others.with({ conflate: 'pen' }).with({ policy: 'dropNewest' }).send('Drawn', 1, 2);
      await clients.caller.with({ conflate: 'pen' }).abort();
      // @ts-expect-error `with` keeps the types of the client's methods
      await clients.others.with({ conflate: 'pen' }).send('Drawn', 1);
      // @ts-expect-error no such policy
      clients.others.with({ policy: 'dropAll' });
      // @ts-expect-error a key is a text
      clients.others.with({ conflate: 1 });
      // @ts-expect-error no such option
      clients.others.with({ ttlMs: 5 });
    }),

    Ban: method([z.string()], async ({ clients, groups, connectionId }, user) => {
      await clients.user(user).abort({ reason: 'banned' });
      await clients.client('id').abort({ allowReconnect: true });
      // @ts-expect-error a group is not ended as a whole
      await clients.group('red').abort();
      // @ts-expect-error neither are all connections
      await clients.all.abort();

      await groups.add(connectionId, 'red');
      await groups.remove(connectionId, 'red');
      same<Awaited<ReturnType<typeof groups.members>>, readonly string[]>(true);
      same<Awaited<ReturnType<typeof groups.count>>, number>(true);
      // @ts-expect-error the connection comes first, and has no default
      await groups.add('red');
    }),
  },
});

// A single client can be invoked.
setupHub({ client: {} as BoardClient }).createHub({
  methods: {
    Ask: method([z.string()], async ({ clients, signal }, id) => {
      const isSure = await clients.client(id).invoke('Confirm', 'sure?');
      same<typeof isSure, boolean>(true);
      const { width } = await clients.caller.with({ timeoutMs: 1_000, signal }).invoke('Measure');
      same<typeof width, number>(true);
      await clients.client(id).with({ timeoutMs: 5 }).with({ conflate: 'pen' }).invoke('Confirm', 'sure?');

      // @ts-expect-error several clients have no single result
      await clients.all.invoke('Confirm', 'sure?');
      // @ts-expect-error neither have all connections of a user
      await clients.user('ada').invoke('Confirm', 'sure?');
      // @ts-expect-error a method without a result cannot be invoked
      await clients.caller.invoke('Drawn', 1, 2);
      // @ts-expect-error also when its promise has no result
      await clients.caller.invoke('Cleared');
      // @ts-expect-error no client has this method
      await clients.caller.invoke('Confirmed', 'sure?');
      // @ts-expect-error an argument of the wrong type
      await clients.caller.invoke('Confirm', 7);
      // @ts-expect-error several clients are not waited for
      clients.others.with({ timeoutMs: 1_000 });
      // @ts-expect-error a time is a number of milliseconds
      clients.caller.with({ timeoutMs: '1s' });
      // @ts-expect-error a signal, not its controller
      clients.caller.with({ signal: new AbortController() });
    }),
  },
});

// A hub that does not declare its clients' methods may call any.
setupHub({}).createHub({
  methods: {
    Anything: method([], async (hub) => {
      same<typeof hub.clients.others, Receivers<Record<string, (...args: unknown[]) => unknown>>>(true);
      await hub.clients.all.send('Whatever', 1, { two: 3 });
      const answer = await hub.clients.caller.invoke('Whatever', 1);
      same<typeof answer, unknown>(true);
      // @ts-expect-error a name is needed nevertheless
      await hub.clients.all.send();
    }),
  },
});

// @ts-expect-error a client has only methods
setupHub({ client: {} as { version: number } });
