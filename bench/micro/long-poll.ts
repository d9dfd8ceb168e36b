import { jwt } from '../../src/auth/index.ts';
import { type Authenticator, createServer, method, setupHub } from '../../src/index.ts';
import { JWT_SECRET, newToken } from '../credentials/token.ts';
import { HttpAsker } from '../load/http-asker.ts';
import { DATA, type Micro } from './micro.ts';

const CALL = `{"type":1,"invocationId":"1","target":"Echo","arguments":["${DATA}"]}\x1e`;

/** A call over Long Polling, which is a POST and a poll, with and without a token that has to be good each time. */
export function longPoll(): Micro[] {
  return [
    { title: 'Long Polling: a request of nobody', count: 2, run: calling(undefined) },
    { title: 'Long Polling: a request with a JSON Web Token', count: 2, run: calling(jwt({ secret: JWT_SECRET })) },
  ];
}

/** Opens the connection with the first call: a server closes a socket that is not used for some seconds. */
function calling(authenticate: Authenticator | undefined): () => Promise<void> {
  let call: Promise<() => Promise<void>> | undefined;
  return async () => {
    call ??= open(authenticate);
    await (await call)();
  };
}

async function open(authenticate: Authenticator | undefined): Promise<() => Promise<void>> {
  const hub = setupHub({}).createHub({ methods: { Echo: method([], () => DATA) } });
  const options = authenticate === undefined ? {} : { authenticate };
  const server = createServer({ hubs: { '/bench': hub }, logLevel: 'silent', ...options });
  const { port } = await server.listen({ port: 0 });
  const asker = new HttpAsker(port, authenticate === undefined ? '' : `Authorization: Bearer ${newToken()}\r\n`);
  const negotiated = await asker.ask('POST', '/bench/negotiate?negotiateVersion=1');
  const { connectionToken } = JSON.parse(negotiated.body.toString());
  const path = `/bench?id=${connectionToken}`;
  await asker.ask('GET', path);
  await asker.ask('POST', path, '{"protocol":"json","version":1}\x1e');
  await asker.ask('GET', path);
  return async () => {
    await asker.ask('POST', path, CALL);
    const { status, body } = await asker.ask('GET', path);
    if (status !== 200 || body.length === 0) throw new Error(`a poll got ${status}`);
  };
}
