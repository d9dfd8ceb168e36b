// Hubs that test how a connection begins and ends, and which clients are admitted.
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { HubError, type HubFilter, method, setupHub } from '../../src/index.ts';
import { type Events, errorOf, errorText } from './events.ts';
import type { TestClient } from './hubs.ts';

const echo = method([z.string().nullable()], (_hub, value) => value);

/** A hub whose query parameter `?mode=` selects the behaviour at the beginning and at the end. */
export function modeHub(name: string, events: Events, filters: readonly HubFilter[] = []) {
  return setupHub({ client: {} as TestClient }).createHub({
    filters,
    methods: { Echo: echo },
    async onConnected(hub) {
      events.add(name, hub.connectionId, 'connecting');
      const mode = hub.request.query.get('mode');
      if (mode === 'abort') hub.abort();
      if (mode === 'greet') {
        await hub.clients.caller.send('Message', 'first');
        await hub.clients.all.send('Message', 'second');
        await wait(400);
        await hub.clients.caller.send('Message', 'third');
      }
      if (mode === 'ask') {
        const failure = await hub.clients.caller.invoke('Question', '?').then(() => undefined, errorText);
        if (failure !== undefined) await hub.clients.caller.send('Message', failure);
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
      events.add(name, hub.connectionId, 'connected');
    },
    async onDisconnected(hub) {
      events.add(name, hub.connectionId, `disconnected ${hub.signal.aborted ? 'aborted' : 'not aborted'}`);
      const mode = hub.request.query.get('mode');
      if (mode === 'ask-at-end') {
        const failure = await hub.clients.caller.invoke('Question', '?').then(() => 'answered', errorText);
        events.add(name, hub.connectionId, `unanswered ${failure}`);
      }
      if (mode === 'send-at-end') {
        await hub.clients.caller.send('Message', 'too late');
        events.add(name, hub.connectionId, 'sent');
      }
      if (mode === 'slow-end') {
        await wait(600);
        events.add(name, hub.connectionId, 'end');
      }
      if (mode === 'throw-at-end') {
        await wait(200);
        throw errorOf('InvalidOperationException', 'at the end');
      }
    },
  });
}

/** Passes everything on except `Echo("skip")`, and throws at `Echo("throw")`. */
export const skippingFilter: HubFilter = {
  invoke({ method: called, args: [argument] }, next) {
    if (called !== 'Echo' || (argument !== 'skip' && argument !== 'throw')) return next();
    if (argument === 'throw') throw errorOf('InvalidOperationException', 'filter');
    return undefined;
  },
};

/** Records each call that passes it. `?filter=` selects what the outer one does at the beginning. */
export function tracingFilter(name: 'outer' | 'inner', events: Events): HubFilter {
  const around = async (id: string, what: string, next: () => Promise<unknown>): Promise<unknown> => {
    events.add('traced', id, `${name} before ${what}`);
    const result = await next();
    events.add('traced', id, `${name} after ${what}`);
    return result;
  };
  return {
    invoke: ({ hub, method: called }, next) => around(hub.connectionId, called, () => next()),
    async onConnected({ connectionId, request }, next) {
      const does = name === 'outer' ? request.query.get('filter') : null;
      if (does === 'skip') return events.add('traced', connectionId, 'outer before connecting');
      try {
        await around(connectionId, 'connecting', next);
      } catch (error) {
        if (does !== 'swallow') throw error;
        events.add('traced', connectionId, 'outer swallowed');
      }
    },
    async onDisconnected({ connectionId }, _reason, next) {
      await around(connectionId, 'disconnecting', next);
    },
  };
}

/** A hub that admits no client. The error that `onConnected` throws decides the text that the client receives. */
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

/** A hub that cannot even be created. */
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

/**
 * A binary hub. ASP.NET Core SignalR was recorded with a protocol that was only named MessagePack; ours is MessagePack.
 */
export function binaryHub() {
  return setupHub({}).createHub({ methods: { Echo: echo }, options: { protocols: ['json', 'messagepack'] } });
}
