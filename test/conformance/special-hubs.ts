// Hubs whose point is how a connection begins and ends, and who may come in.
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { HubError, method, setupHub } from '../../src/index.ts';
import { type Events, errorOf } from './events.ts';
import type { TestClient } from './hubs.ts';

const echo = method([z.string().nullable()], (_hub, value) => value);

/** `?mode=` says what happens at the beginning and at the end. */
export function modeHub(events: Events) {
  return setupHub({ client: {} as TestClient }).createHub({
    methods: { Echo: echo },
    async onConnected(hub) {
      events.add('mode', hub.connectionId, 'connecting');
      const mode = hub.request.query.get('mode');
      if (mode === 'abort') hub.abort();
      if (mode === 'greet') {
        await hub.clients.caller.send('Message', 'first');
        await hub.clients.all.send('Message', 'second');
        await wait(400);
        await hub.clients.caller.send('Message', 'third');
      }
      if (mode === 'group') {
        await hub.groups.add(hub.connectionId, 'mode');
        await hub.clients.group('mode').send('Message', 'to the group');
      }
      if (mode === 'throw-late') {
        await hub.clients.caller.send('Message', 'before');
        await wait(100);
        throw errorOf('InvalidOperationException', 'late');
      }
      events.add('mode', hub.connectionId, 'connected');
    },
    async onDisconnected(hub) {
      events.add('mode', hub.connectionId, `disconnected ${hub.signal.aborted ? 'aborted' : 'not aborted'}`);
      const mode = hub.request.query.get('mode');
      if (mode === 'send-at-end') {
        await hub.clients.caller.send('Message', 'too late');
        events.add('mode', hub.connectionId, 'sent');
      }
      if (mode === 'slow-end') {
        await wait(600);
        events.add('mode', hub.connectionId, 'end');
      }
      if (mode === 'throw-at-end') {
        await wait(200);
        throw errorOf('InvalidOperationException', 'at the end');
      }
    },
  });
}

/** Nobody gets in: what `onConnected` throws decides what the client is told. */
export function refusingHub(error: Error) {
  return setupHub({}).createHub({
    methods: {},
    onConnected() {
      throw error;
    },
  });
}

export const secretRefusal = errorOf('InvalidOperationException', 'secret');
export const visibleRefusal = new HubError('visible');

/** There is not even a hub to refuse anybody. */
export function uncreatableHub() {
  return setupHub({
    state: (): undefined => {
      throw errorOf('InvalidOperationException', 'no state for this connection');
    },
  }).createHub({ methods: {}, options: { detailedErrors: true } });
}

export function authorizedHub() {
  return setupHub({}).createHub({
    authorize: 'authenticated',
    methods: {
      Echo: echo,
      WhoAmI: method([], (hub) => hub.user?.id ?? null),
      AdminOnly: method([], { authorize: 'admin' }, () => 'secret'),
    },
  });
}

/** Its name: the original was recorded with a protocol that only called itself MessagePack. Ours is one. */
export function binaryHub() {
  return setupHub({}).createHub({ methods: { Echo: echo }, options: { protocols: ['json', 'messagepack'] } });
}
