// The application that the hubs are attached to. It answers the other HTTP requests of the transcripts, and the
// negotiations that an application answers itself, without SignalR.
import type { RequestListener, ServerResponse } from 'node:http';
import type { Clock, HubContext } from '../../src/index.ts';
import type { Events } from './events.ts';
import type { TestClient } from './hubs.ts';
import { tokenFor } from './tokens.ts';

interface Contexts {
  readonly plain: HubContext<TestClient>;
  readonly testhub: HubContext<TestClient>;
}

interface ApplicationRequest {
  /** Address of this server. */
  readonly base: string;
  /** Parts of the path after the first one, which names the resource. */
  readonly rest: readonly string[];
  readonly search: string;
  readonly query: URLSearchParams;
  /** Milliseconds since 1970. */
  readonly now: number;
}

type Answer = (request: ApplicationRequest, response: ServerResponse) => unknown;

export function applicationOf(events: Events, { plain, testhub }: Contexts, clock: Clock): RequestListener {
  const answers: Readonly<Record<string, Answer>> = {
    ...withoutHub,
    events: (_, response) => response.end(JSON.stringify(events.lines)),
    jwt({ rest: [user = ''], query, now }, response) {
      const seconds = query.get('seconds');
      response.end(tokenFor(now, user, query.get('role'), seconds === null ? undefined : Number(seconds)));
    },
    async send({ rest: [, whom = '', name = '', text = ''] }, response) {
      await receivers(plain, whom, name).send('Message', text);
      response.end();
    },
    async clientresult({ rest: [id = ''] }, response) {
      const result = testhub.clients.client(id).invoke('Result');
      response.end(await result.then(String, ({ message }: Error) => message));
    },
  };
  return (request, response) => {
    const base = `http://${request.headers.host}`;
    const { pathname, search, searchParams: query } = new URL(request.url ?? '/', base);
    const [what = '', ...rest] = pathname.slice(1).split('/').map(decodeURIComponent);
    (answers[what] ?? notThere)({ base, rest, search, query, now: clock.wallNow() }, response);
  };
}

const withoutHub: Readonly<Record<string, Answer>> = {
  redirect: ({ query }, response) => json(response, { url: `${query.get('baseUrl')}/testHub?numRedirects=1` }),
  'token-redirect': ({ base, now }, response) =>
    json(response, { url: `${base}/authorizedhub`, accessToken: tokenFor(now, 'redirected', null) }),
  'negotiate-error': (_, response) =>
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"error":"not today"}'),
  echoredirect: ({ rest, search }, response) =>
    response.writeHead(307, { Location: ['/echo', ...rest].join('/') + search }).end(),
};

const notThere: Answer = (_, response) => response.writeHead(404).end();

function json(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}

function receivers({ clients }: HubContext<TestClient>, whom: string, name: string) {
  if (whom === 'group') return clients.group(name);
  if (whom === 'user') return clients.user(name);
  if (whom === 'client') return clients.client(name);
  return clients.all;
}
