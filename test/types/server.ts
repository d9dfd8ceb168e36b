import { createServer as createHttpServer } from 'node:http';
import {
  type AttachOptions,
  type CloseOptions,
  type CloseReason,
  type CloseReasonName,
  createServer,
  DisconnectedError,
  HubError,
  type ListenOptions,
  method,
  type ServerConnection,
  type SignalboxServer,
  setupHub,
} from '../../src/index.ts';
import { same } from './same.ts';

// A running server, and its hubs and connections as the program around them sees them.

interface NewsClient {
  Published(headline: string): void;
  Rate(headline: string): number;
}

const newsHub = setupHub({ client: {} as NewsClient, state: () => ({ read: 0 }) }).createHub({
  methods: { Read: method([], (hub) => ++hub.state.read) },
});
const otherHub = setupHub({}).createHub({ methods: {} });
const server = createServer({ hubs: { '/news': newsHub, '/other': otherHub } });
same<typeof server, SignalboxServer>(true);

const bound = await server.listen({ port: 0 });
same<typeof bound, { readonly port: number; readonly host: string }>(true);
await server.attach(createHttpServer());
await server.close({ drainMs: 100 });
await server.close();
export const where: ListenOptions = { port: 0, host: '::1', basePath: '/realtime', handlers: [() => false] };
export const below: AttachOptions = { basePath: '/realtime' };
export const how: CloseOptions = { drainMs: 0 };
// @ts-expect-error there is no such option
await server.listen({ port: 0, prt: 1 });
// @ts-expect-error a handler tells whether it has answered
await server.listen({ port: 0, handlers: [(_request, response) => void response.end()] });
// @ts-expect-error where to listen is said, if only `port: 0`
await server.listen();
// @ts-expect-error a port is a number
await server.listen({ port: '5080' });
// @ts-expect-error a server is attached to, not to its port
await server.attach(5080);
// @ts-expect-error the time has its unit in its name
await server.close({ drain: 100 });

const news = server.context(newsHub);
await news.clients.all.send('Published', 'It compiles');
await news.clients.group('sports').with({ conflate: 'latest' }).send('Published', 'It still does');
await news.clients.user('ada').abort({ reason: 'moved out' });
await news.groups.add('id', 'sports');
const rating = await news.clients.client('id').with({ timeoutMs: 5_000 }).invoke('Rate', 'It compiles');
same<typeof rating, number>(true);
// @ts-expect-error a group has no single result
await news.clients.group('sports').invoke('Rate', 'It compiles');
const members = await news.groups.members('sports');
same<typeof members, readonly string[]>(true);
await server.context(otherHub).clients.all.send('Anything', 1);
// @ts-expect-error the clients of this hub have no such method
await news.clients.all.send('Anything', 1);
// @ts-expect-error outside of a method there is no caller
news.clients.caller;
// @ts-expect-error so there are no others either
news.clients.others;
// @ts-expect-error the state belongs to the connections
news.state;
// @ts-expect-error a hub, not its path
server.context('/news');

for (const connection of server.connections()) {
  same<typeof connection, ServerConnection>(true);
  same<typeof connection.hub, string>(true);
  same<typeof connection.groups, readonly string[]>(true);
  same<typeof connection.connectedAt, Date>(true);
  same<typeof connection.lag, { readonly messages: number; readonly bytes: number; readonly oldestMs: number }>(true);
  if (connection.lag.bytes > 1_000) connection.abort({ reason: 'far behind' });
  // @ts-expect-error groups are joined with `groups.add`
  connection.groups.push('sports');
  // @ts-expect-error it sends through the hub's context
  connection.send('Published', 'x');
}

/** A `switch` over the reasons is complete or does not compile. */
export function sentenceFor(reason: CloseReason): string {
  same<typeof reason.error, Error | undefined>(true);
  same<typeof reason.allowReconnect, boolean>(true);
  // @ts-expect-error there is no such reason
  if (reason.name === 'bored') return 'bored';
  // @ts-expect-error a reason is read, not changed
  reason.text = 'other';
  const names: Record<CloseReasonName, string> = {
    'client-closed': 'left',
    'connection-lost': 'lost',
    'handshake-failed': 'never came in',
    'client-timeout': 'silent',
    'slow-consumer': 'slow',
    'rate-limited': 'too eager',
    'protocol-error': 'unintelligible',
    'message-too-large': 'too large',
    overflow: 'too much of it waits',
    aborted: 'sent away',
    expired: 'out of date',
    unauthorized: 'revoked',
    'connect-failed': 'refused',
    'server-draining': 'we close',
    'actor-crashed': 'our fault',
  };
  return names[reason.name];
}

export const gone: Error = new DisconnectedError('nobody is there');
const error: Error = new HubError('for the client');
same<HubError['name'], string>(true);
// @ts-expect-error its text is a text
throw new HubError(error);
