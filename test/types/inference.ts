import { z } from 'zod';
import { type CloseReason, type Groups, type Log, method, setupHub, type User } from '../../src/index.ts';
import { same } from './same.ts';

// A hub without a type annotation, and the types that TypeScript infers.

interface PlayerClient {
  ScoreChanged(player: string, points: number): void;
  GameOver(): void;
}

export const gameHub = setupHub({
  client: {} as PlayerClient,
  state: (connection) => {
    same<typeof connection.connectionId, string>(true);
    same<typeof connection.user, User | null>(true);
    same<typeof connection.request.transport, 'WebSockets' | 'ServerSentEvents' | 'LongPolling'>(true);
    // @ts-expect-error `state` gets the connection, which has no clients
    connection.clients;
    return { name: connection.request.query.get('name') ?? 'nobody', points: 0 };
  },
  shared: () => ({ best: new Map<string, number>() }),
}).createHub({
  methods: {
    Score: method([z.number().int()], async (hub, points) => {
      same<typeof points, number>(true);
      same<typeof hub.state, { name: string; points: number }>(true);
      same<typeof hub.shared, { best: Map<string, number> }>(true);
      same<typeof hub.connectionId, string>(true);
      same<typeof hub.groups, Groups>(true);
      same<typeof hub.signal, AbortSignal>(true);
      same<typeof hub.log, Log>(true);
      same<typeof hub.items, Map<unknown, unknown>>(true);
      hub.state.points += points;
      hub.shared.best.set(hub.state.name, hub.state.points);
      await hub.clients.all.send('ScoreChanged', hub.state.name, hub.state.points);

      // @ts-expect-error the state has no such field
      hub.state.lives;
      // @ts-expect-error a field keeps its type
      hub.state.points = 'many';
      // @ts-expect-error the state is changed, not replaced
      hub.state = { name: 'me', points: 1 };
      // @ts-expect-error what is shared has no such field
      hub.shared.worst;
      // @ts-expect-error what is shared keeps its types
      hub.shared.best.set(hub.state.name, 'ten');
      // @ts-expect-error a connection's id is given, not chosen
      hub.connectionId = 'mine';
    }),
    Leave: method([], (hub) => hub.abort({ allowReconnect: true, reason: 'had enough' })),
    // @ts-expect-error the reason is one of the options
    Flee: method([], (hub) => hub.abort('had enough')),
    // @ts-expect-error there is no such option
    Quit: method([], (hub) => hub.abort({ code: 1000 })),
  },
  onConnected(hub) {
    same<typeof hub.state.name, string>(true);
    void hub.clients.others.send('ScoreChanged', hub.state.name, 0);
  },
  async onDisconnected(hub, reason) {
    same<typeof reason, CloseReason>(true);
    same<typeof hub.state.points, number>(true);
    hub.shared.best.delete(hub.state.name);
    await hub.clients.all.send('GameOver');
  },
});

setupHub({ state: () => ({ n: 1 }) }).createHub({
  methods: {},
  onConnected(hub) {
    same<typeof hub.state, { n: number }>(true);
    // @ts-expect-error nothing is shared in this hub
    hub.shared.best;
  },
  // @ts-expect-error there is no such hook
  onReconnected() {},
});
