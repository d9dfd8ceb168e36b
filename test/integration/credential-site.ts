// A server for all credentials, on a simulated clock, and clients that show what they are told to.
import { Agent, type IncomingMessage, request } from 'node:http';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { apiKeys, firstOf } from '../../src/auth/index.ts';
import { StoredKeys } from '../../src/auth/keys.ts';
import { type Authenticator, type ServerConnection, setupHub, type User } from '../../src/index.ts';
import { defer } from '../../src/promises.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTimedServer, type TimedServer } from '../support/timed-server.ts';

const STEP_MS = 100;
const LONG_MS = 3_600_000;
/** Turns of the event loop, and then milliseconds, after which something is taken for never happening. */
const TURNS = 100;
const PATIENCE = 2_000;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A request whose `authenticate` has been asked, and may wait for `release`. */
export interface Call<T> {
  readonly answer: Promise<T>;
  /** Number of the question to `authenticate`: the latest counts. */
  readonly arrival: number;
  readonly release: () => void;
}

interface Question {
  arrival: number;
  readonly asked: ReturnType<typeof defer<void>>;
  readonly gate: ReturnType<typeof defer<void>>;
}

/** @returns whether it became so: false once it has been waited for long enough. */
export async function soon(isSo: () => boolean): Promise<boolean> {
  for (let n = 0; !isSo(); n += 1) {
    if (n > PATIENCE) return false;
    await (n < TURNS ? setImmediate() : setTimeout(1));
  }
  return true;
}

/** The promised outcome. @throws when it does not come. */
export async function inTime<T>(what: string, outcome: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = () => {
    isSettled = true;
  };
  outcome.then(settled, settled);
  if (await soon(() => isSettled)) return outcome;
  throw new Error(`never came: ${what}`);
}

/** One server with two ways in: tokens that the test issues, and API keys. */
export class CredentialSite {
  readonly clock = new SimulatedClock();
  readonly storage = new MemoryStorage(100, this.clock);
  /** The keys as another process sees them. */
  readonly elsewhere = new StoredKeys(this.storage.keys, this.clock);
  readonly tokens = new Map<string, User>();
  readonly hub = setupHub({ client: {} as { Tick(): void } }).createHub({
    options: {
      closeOnAuthenticationExpiration: true,
      enableAuthenticationRefresh: true,
      allowStatefulReconnects: true,
      admissionTimeoutMs: LONG_MS,
      clientTimeoutMs: LONG_MS,
      keepAliveIntervalMs: LONG_MS,
    },
    authorize: 'authenticated',
    methods: {},
  });
  readonly #questions = new Map<string, Question>();
  readonly #agent = new Agent({ keepAlive: true });
  #arrivals = 0;
  #calls = 0;
  #started: TimedServer | undefined;

  async start(): Promise<void> {
    const { clock, storage } = this;
    this.#started = await startTimedServer(
      { '/hub': this.hub },
      { storage, authenticate: this.#authenticator() },
      clock,
    );
  }

  get server() {
    return (this.#started as TimedServer).server;
  }

  /** The connections that the server counts as open, and all whose transports it has. */
  get listed(): ReadonlyMap<string, ServerConnection> {
    return new Map([...this.server.connections()].map((connection) => [connection.connectionId, connection]));
  }
  get kept(): ReadonlySet<string> {
    return new Set([...this.server.supervisor.connections()].map(({ connectionId }) => connectionId));
  }

  /** Lets time pass. @param stepped Called after each step and its effects. */
  async pass(ms: number, stepped: () => Promise<void>): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.clock.increment(Math.min(STEP_MS, left));
      await this.turns();
      await stepped();
    }
  }

  /** Lets the server do what it can do at once. */
  async turns(): Promise<void> {
    await setImmediate();
    await setImmediate();
  }

  tick(id: string): void {
    void this.server.context(this.hub).clients.client(id).send('Tick');
  }

  negotiate(secret: string): Promise<Call<Answer>> {
    return this.ask('POST', '/hub/negotiate?negotiateVersion=1&useStatefulReconnect=true', secret);
  }

  ask(method: string, path: string, secret: string, { isSlow = false, body = '' } = {}): Promise<Call<Answer>> {
    return this.#ask(secret, isSlow, (headers) => this.#send(method, path, headers, body).then(textOf));
  }

  /** An event stream; `opened` gets the answer while it goes on. */
  stream(path: string, secret: string, isSlow: boolean): Promise<Call<IncomingMessage>> {
    const accepts = { Accept: 'text/event-stream' };
    return this.#ask(secret, isSlow, (headers) => this.#send('GET', path, { ...headers, ...accepts }, ''));
  }

  /** A WebSocket, or the status with which it is refused. */
  socket(path: string, secret: string, isSlow: boolean): Promise<Call<RawClient | number>> {
    return this.#ask(secret, isSlow, (headers) =>
      RawClient.upgrade((this.#started as TimedServer).port, { path, headers }).catch((error: Error) => {
        const [, status] = /refused with (\d+)/.exec(error.message) ?? [];
        if (status === undefined) throw error;
        return Number(status);
      }),
    );
  }

  stop(): void {
    this.#agent.destroy();
  }

  async #ask<T>(
    secret: string,
    isSlow: boolean,
    send: (headers: Record<string, string>) => Promise<T>,
  ): Promise<Call<T>> {
    this.#calls += 1;
    const call = String(this.#calls);
    const question = { arrival: 0, asked: defer(), gate: defer() };
    this.#questions.set(call, question);
    const answer = send({ Authorization: `Bearer ${secret}`, 'X-Call': call });
    answer.catch(() => {});
    await inTime(`the request with ${secret}`, question.asked.promise);
    const release = () => question.gate.resolve();
    if (!isSlow) release();
    return { answer, arrival: question.arrival, release };
  }

  #send(method: string, path: string, headers: Record<string, string>, body: string): Promise<IncomingMessage> {
    const { port } = this.#started as TimedServer;
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: this.#agent });
      sent.on('response', resolve).on('error', reject).end(body);
    });
  }

  /** Finds out at once who it is, and says so when the test lets it. */
  #authenticator(): Authenticator {
    const token: Authenticator = ({ headers }) => {
      const user = this.tokens.get(headers.authorization?.slice('Bearer '.length) ?? '');
      if (user === undefined) return null;
      if ((user.expiresAt ?? Number.POSITIVE_INFINITY) > this.clock.wallNow()) return user;
      throw new Error('expired');
    };
    const inner = firstOf(apiKeys(), token);
    const authenticate: Authenticator = async (info, raw) => {
      const question = this.#questions.get(info.headers['x-call'] ?? '') as Question;
      this.#arrivals += 1;
      question.arrival = this.#arrivals;
      try {
        return await inner(info, raw);
      } finally {
        question.asked.resolve();
        await question.gate.promise;
      }
    };
    authenticate.attach = (services) => inner.attach?.(services) ?? (() => {});
    return authenticate;
  }
}

async function textOf(response: IncomingMessage): Promise<Answer> {
  response.setEncoding('utf8');
  let body = '';
  for await (const text of response) body += text;
  return { status: response.statusCode ?? 0, body };
}
