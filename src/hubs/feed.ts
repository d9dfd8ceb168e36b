import { setupHub } from '../index.ts';

/** Messages that the feed may hold back at once. */
const CAPACITY = 256;

/** Any message: its type is the method, and its payload the only argument. */
export type FeedClient = Record<string, (payload: unknown) => void>;

/**
 * A feed of messages `{ type, payload, timestamp }` for everybody who listens: `server.broadcast` sends them. Clients
 * only listen: it has no methods, so whatever plain clients send is read and ignored. A client that cannot keep up is
 * disconnected, and holds up nobody else.
 */
export function createFeedHub() {
  return setupHub({
    client: {} as FeedClient,
    shared: () => ({ clients: 0 }),
  }).createHub({
    options: {
      plain: true,
      outboxes: { broadcast: { capacity: CAPACITY } },
      slowConsumer: { policy: 'disconnect', stallMs: 10_000 },
    },
    methods: {},

    onConnected({ log, shared }) {
      shared.clients += 1;
      log.debug({ clients: shared.clients }, 'a client listens');
    },

    onDisconnected({ log, shared }) {
      shared.clients -= 1;
      log.debug({ clients: shared.clients }, 'a client has stopped listening');
    },
  });
}
