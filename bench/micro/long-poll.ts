import { createHmac } from 'node:crypto';
import { jwt } from '../../src/auth/index.ts';
import { type Authenticator, createServer, method, setupHub } from '../../src/index.ts';
import { type HttpAnswer, HttpSocket } from '../load/http-socket.ts';
import { DATA, type Micro } from './micro.ts';

const SECRET = 'a secret of the benchmark, of 32 bytes or more';
const CALL = `{"type":1,"invocationId":"1","target":"Echo","arguments":["${DATA}"]}\x1e`;
/** Seconds. Longer than any benchmark. */
const DAY = 86_400;

/** A call over Long Polling, which is a POST and a poll, with and without a token that has to be good each time. */
export function longPoll(): Micro[] {
  return [
    { title: 'Long Polling: a request of nobody', count: 2, run: calling(undefined) },
    { title: 'Long Polling: a request with a JSON Web Token', count: 2, run: calling(jwt({ secret: SECRET })) },
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
  const ask = asking(port, authenticate === undefined ? '' : `Authorization: Bearer ${token()}\r\n`);
  const negotiated = await ask('POST', '/bench/negotiate?negotiateVersion=1');
  const { connectionToken } = JSON.parse(negotiated.body.toString());
  const path = `/bench?id=${connectionToken}`;
  await ask('GET', path);
  await ask('POST', path, '{"protocol":"json","version":1}\x1e');
  await ask('GET', path);
  return async () => {
    await ask('POST', path, CALL);
    const { status, body } = await ask('GET', path);
    if (status !== 200 || body.length === 0) throw new Error(`a poll got ${status}`);
  };
}

/** Asks one request after another on one socket. */
function asking(port: number, headers: string) {
  let answered: ((answer: HttpAnswer) => void) | undefined;
  let failed: ((error: Error) => void) | undefined;
  const socket = new HttpSocket(
    port,
    (answer) => answered?.(answer),
    (error) => failed?.(error),
  );
  return (verb: string, path: string, body = ''): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      [answered, failed] = [resolve, reject];
      socket.write(HttpSocket.request(verb, path, body, headers));
    });
}

function token(): string {
  const now = Math.floor(Date.now() / 1_000);
  const [head, claims] = [
    { alg: 'HS256', typ: 'JWT' },
    { sub: 'ada', iss: 'https://login.example', iat: now, exp: now + DAY, roles: ['reader', 'writer'] },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signature = createHmac('sha256', SECRET).update(`${head}.${claims}`).digest('base64url');
  return `${head}.${claims}.${signature}`;
}
