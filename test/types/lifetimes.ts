import { z } from 'zod';
import { type ConnectionInfo, type Lifetime, method, setupHub } from '../../src/index.ts';
import { same } from './same.ts';

// The lifetime of a state decides about the arguments of the function that makes it.

same<Lifetime, 'connection' | 'server' | 'invocation'>(true);

setupHub({ lifetime: 'connection', state: ({ connectionId }) => ({ connectionId }) }).createHub({
  methods: { Id: method([], (hub) => same<typeof hub.state, { connectionId: string }>(true)) },
});

setupHub({ lifetime: 'invocation', state: (connection) => ({ user: connection.user?.id, startedAt: 0 }) }).createHub({
  methods: { Started: method([], (hub) => same<typeof hub.state.user, string | undefined>(true)) },
});

setupHub({ lifetime: 'server', state: () => ({ total: 0 }) }).createHub({
  methods: {
    Add: method([z.number()], (hub, n) => {
      same<typeof hub.state, { total: number }>(true);
      hub.state.total += n;
    }),
  },
});

setupHub({ lifetime: 'server' }).createHub({
  methods: { Nothing: method([], (hub) => same<typeof hub.state, undefined>(true)) },
});

setupHub({ shared: () => new Set<string>() }).createHub({
  methods: {
    Join: method([z.string()], (hub, name) => {
      same<typeof hub.shared, Set<string>>(true);
      hub.shared.add(name);
      // @ts-expect-error a hub without state has none to change
      hub.state.name = name;
    }),
  },
});

// @ts-expect-error a state of the whole server belongs to no connection
setupHub({ lifetime: 'server', state: (connection: ConnectionInfo) => ({ id: connection.connectionId }) });
// @ts-expect-error what all share belongs to no connection
setupHub({ shared: (connection: ConnectionInfo) => ({ id: connection.connectionId }) });
// @ts-expect-error there is no such lifetime
setupHub({ lifetime: 'group', state: () => ({}) });
// @ts-expect-error a state is made for each owner; one value would be shared by all
setupHub({ state: { total: 0 } });
// @ts-expect-error there is no such part
setupHub({ stats: () => ({}) });
