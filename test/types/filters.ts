import { type AnyHub, type CloseReason, createServer, type HubFilter, setupHub } from '../../src/index.ts';
import { same } from './same.ts';

// Filters around calls and connections.

const timed: HubFilter = {
  async invoke(context, next) {
    same<typeof context.hub, AnyHub>(true);
    same<typeof context.method, string>(true);
    same<typeof context.args, readonly unknown[]>(true);
    same<typeof context.hub.items, Map<unknown, unknown>>(true);
    const started = Date.now();
    try {
      return await next();
    } finally {
      context.hub.log.info({ method: context.method, ms: Date.now() - started });
    }
  },
  async onDisconnected(hub, reason, next) {
    same<typeof hub, AnyHub>(true);
    same<typeof reason, CloseReason>(true);
    if (reason.error === undefined) await next();
  },
};
const replacing: HubFilter = { invoke: (context, next) => next([...context.args, 'more']) };
const greeting: HubFilter = {
  async onConnected(hub, next) {
    await hub.clients.caller.send('Hello');
    await next();
  },
};
setupHub({}).createHub({ methods: {}, filters: [timed, replacing, greeting, {}] });
createServer({ hubs: {}, filters: [timed] });

// @ts-expect-error arguments are a list
export const single: HubFilter = { invoke: (_context, next) => next('more') };
export const writing: HubFilter = {
  invoke(context, next) {
    // @ts-expect-error others are given with `next`, not changed
    context.args[0] = 1;
    return next();
  },
};
// @ts-expect-error `onConnected` has no arguments
export const connecting: HubFilter = { onConnected: (_hub, next) => next([]) };
// @ts-expect-error there is no such hook
export const closing: HubFilter = { onClosed: () => {} };
// @ts-expect-error a list, also of one
createServer({ hubs: {}, filters: timed });
// @ts-expect-error a function is none
setupHub({}).createHub({ methods: {}, filters: [() => {}] });
