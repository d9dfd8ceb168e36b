// Plays one HTTP vector: requests with their whole answers, streams, polls, and sockets after a 101.
import { expect } from 'vitest';
import { expectRecord, expectWithin } from './agreement.ts';
import { Bindings } from './bindings.ts';
import { type Answer, type Connection, upgrade } from './connection.ts';
import { Exchange } from './exchange.ts';
import { takeCloseFrame, takeEnd, takeNothing, takeRecord, takeTheRest } from './expectations.ts';
import type { Base64, ExpectedAnswer, ExpectedOneOf, HttpRequest, HttpStep, HttpVector } from './http-vectors.ts';
import { ask, bindTokens, expectEvents } from './server-requests.ts';
import type { Time } from './time.ts';

/** Headers about the framing of a body and about the HTTP server itself. They are no part of the protocol. */
const NOT_COMPARED = ['date', 'server', 'keep-alive', 'set-cookie', 'content-length', 'transfer-encoding'];
const HANDSHAKE = '{"protocol":"json","version":1}\u001e';
const ACCEPTED = '{}\u001e';

export async function playHttp(vector: HttpVector, port: number, time: Time): Promise<void> {
  await new HttpPlay(vector, port, time).run();
}

class HttpPlay {
  readonly #vector: HttpVector;
  readonly #port: number;
  readonly #time: Time;
  readonly #bindings: Bindings;
  readonly #connections = new Map<string, Connection>();
  readonly #exchanges = new Map<string, Exchange>();
  readonly #marks = new Map<string, number>();
  /** Vectors in which the end may be reported before the records that came before it. */
  readonly #recordsBeforeTheEnd: string[] = [];

  constructor(vector: HttpVector, port: number, time: Time) {
    this.#vector = vector;
    this.#port = port;
    this.#time = time;
    this.#bindings = new Bindings(vector.patterns);
    this.#bindings.set('base', `http://127.0.0.1:${port}`);
  }

  async run(): Promise<void> {
    try {
      await bindTokens(this.#port, this.#vector, this.#bindings);
      for (const [index, step] of this.#vector.steps.entries()) {
        const what = `step ${index + 1}, ${JSON.stringify(step).slice(0, 160)}`;
        const passesTime = step.waitMs !== undefined || step.nothing !== undefined;
        const played = this.#play(step, what);
        await (passesTime ? played : this.#time.during(played));
      }
      expect(this.#recordsBeforeTheEnd).toEqual([]);
      await Promise.all([...this.#connections.values()].map(takeTheRest));
    } finally {
      for (const connection of this.#connections.values()) connection.drop('end');
      for (const exchange of this.#exchanges.values()) exchange.drop();
    }
  }

  async #play(step: HttpStep, what: string): Promise<unknown> {
    if (step.request !== undefined) return this.#request(step, step.request, what);
    if (step.negotiate !== undefined) return this.#negotiate(step.negotiate, step);
    if (step.longPolling !== undefined) return this.#openLongPolling(step.longPolling, step, what);
    if (step.serverSentEvents !== undefined) return this.#openEvents(step.serverSentEvents, step, what);
    if (step.finish !== undefined) return this.#finish(step, [step.finish].flat(), what);
    if (step.events !== undefined) return this.#expectEvents(step, what);
    if (step.waitMs !== undefined) return this.#time.pass(step.waitMs);
    if (step.mark !== undefined) return this.#setMark(step.mark);
    const connection = this.#connections.get(step.on ?? '');
    if (connection !== undefined) return this.#playOnSocket(connection, step, what);
    return this.#playOnStream(this.#exchange(step.on ?? ''), step, what);
  }

  async #playOnSocket(connection: Connection, step: HttpStep, what: string): Promise<unknown> {
    if (step.opened !== undefined) return this.#expectAnswer(connection.answer, step.opened, what);
    if (step.send !== undefined) return connection.send(Buffer.from(this.#bindings.fill(step.send)));
    if (step.records !== undefined) return this.#expectRecords(connection, step.records, what);
    if (step.chunks !== undefined) return this.#expectRecords(connection, step.chunks, what);
    if (step.frames !== undefined) return expect(connection.frames, what).toEqual(step.frames);
    if (step.nothing !== undefined) return takeNothing(connection, step.nothing, what);
    if (step.close !== undefined) return connection.close(step.close.code);
    if (step.closed !== undefined) return this.#expectClosed(connection, step.closed, what);
    if (step.ended === 'cut') return takeEnd(connection, what);
    if (step.drop !== undefined) return connection.drop('end');
    throw new Error(`a step of a kind that the player does not know: ${what}`);
  }

  async #playOnStream(exchange: Exchange, step: HttpStep, what: string): Promise<void> {
    if (step.opened !== undefined) return this.#expectAnswer(await exchange.head, step.opened, what);
    if (step.chunks !== undefined) return this.#expectText(exchange, step.chunks.join(''), what);
    if (step.records !== undefined) return this.#expectEventRecords(exchange, step.records, what);
    if (step.ended !== undefined) return this.#expectEnd(exchange, step.ended, what);
    if (step.pause !== undefined) return exchange.pause();
    if (step.drop !== undefined) return exchange.drop();
    if (step.nothing !== undefined) return this.#expectSilence(exchange, step.nothing, what);
    throw new Error(`a step of a kind that the player does not know: ${what}`);
  }

  async #expectEnd(exchange: Exchange, how: 'complete' | 'cut', what: string): Promise<void> {
    expect(await exchange.ended, what).toBe(how);
  }

  async #expectSilence(exchange: Exchange, ms: number, what: string): Promise<void> {
    expect(await exchange.isSilent(this.#time.pass(ms)), `${what}: nothing came`).toBe(true);
  }

  async #expectText(exchange: Exchange, expected: string, what: string): Promise<void> {
    const text = this.#bindings.fill(expected);
    expect(await exchange.take(Buffer.byteLength(text)), what).toBe(text);
  }

  async #expectEventRecords(exchange: Exchange, expected: readonly string[], what: string): Promise<void> {
    const records = await exchange.takeRecords(expected.length);
    expect(records.length, `${what}: records`).toBe(expected.length);
    for (const [index, record] of expected.entries()) {
      expectRecord(records[index] ?? '', record, this.#vector, this.#bindings, what);
    }
  }

  async #expectRecords(connection: Connection, expected: readonly string[], what: string): Promise<void> {
    for (const record of expected) {
      this.#bindings.match(this.#recordsBeforeTheEnd.shift() ?? (await takeRecord(connection, what)), record, what);
    }
  }

  async #expectClosed(connection: Connection, closed: object, what: string): Promise<void> {
    while ((await connection.inbox.peek())?.kind === 'record') {
      this.#recordsBeforeTheEnd.push(await takeRecord(connection, what));
    }
    expect(await takeCloseFrame(connection, what), what).toEqual(closed);
  }

  #setMark(name: string): void {
    this.#marks.set(name, this.#time.now());
  }

  async #expectEvents(step: HttpStep, what: string): Promise<void> {
    await expectEvents(this.#port, this.#bindings.get('connectionId'), step, this.#vector, what);
    if (step.since === undefined) return;
    expectWithin(this.#time.now() - (this.#marks.get(step.since) ?? 0), step.within, what);
  }

  async #request(step: HttpStep, request: HttpRequest, what: string): Promise<void> {
    if (step.start !== undefined && opensSocket(request)) return this.#openSocket(step, step.start, request, what);
    const begun = this.#time.now();
    if (opensSocket(request)) return this.#refuseSocket(step, request, what);
    const exchange = this.#ask(request);
    if (step.start === undefined) {
      const answer = await exchange.answer();
      expectWithin(this.#time.now() - begun, step.afterMs, what);
      if (step.response !== undefined) this.#expectAnswer(answer, step.response, what);
      return;
    }
    this.#exchanges.set(step.start, exchange);
    // The answer to a later request shows that the server has received this one.
    if (step.settleMs === undefined) await ask(this.#port, { method: 'GET', path: '/events' });
  }

  async #openSocket(step: HttpStep, name: string, request: HttpRequest, what: string): Promise<void> {
    const { answer, connection } = await upgrade({
      port: this.#port,
      path: this.#bindings.fill(request.path),
      headers: this.#headers(request.headers),
      silent: step.silent ?? false,
      raw: request.path.startsWith('/echo'),
    });
    if (connection === undefined) return this.#expectAnswer(answer, { status: 101 }, what);
    this.#connections.set(name, connection);
  }

  /** An upgrade of which only the answer matters. */
  async #refuseSocket({ response }: HttpStep, { path, headers }: HttpRequest, what: string): Promise<void> {
    const opening = { port: this.#port, path: this.#bindings.fill(path), headers: this.#headers(headers) };
    const { answer, connection } = await upgrade(opening);
    connection?.drop('end');
    if (response !== undefined) this.#expectAnswer(answer, response, what);
  }

  async #finish(step: HttpStep, names: readonly string[], what: string): Promise<void> {
    const answers = await Promise.all(names.map((name) => this.#exchange(name).answer()));
    if (step.response !== undefined) this.#expectAnswer(answers[0] as Answer, step.response, what);
    const left: ExpectedOneOf[] = [...(step.responsesAnyOrder ?? [])];
    for (const answer of answers.slice(step.response === undefined ? 0 : 1)) {
      const at = left.findIndex((expected) => this.#isOneOf(answer, expected));
      expect(at, `${what}: ${answer.status} ${answer.body} is none of ${JSON.stringify(left)}`).not.toBe(-1);
      left.splice(at, 1);
    }
  }

  #isOneOf(answer: Answer, expected: ExpectedOneOf): boolean {
    const all = 'oneOf' in expected ? expected.oneOf : [expected];
    return all.some(({ status, body }) => answer.status === status && answer.body === body);
  }

  #exchange(name: string): Exchange {
    const exchange = this.#exchanges.get(name);
    if (exchange === undefined) throw new Error(`nothing was started as ${name}`);
    return exchange;
  }

  #ask({ method, path, headers, body = '', unfinished }: HttpRequest): Exchange {
    const pieces = Array.isArray(body) ? body.map((piece) => this.#bytes(piece)) : this.#bytes(body as string | Base64);
    return new Exchange({
      port: this.#port,
      method,
      path: this.#bindings.fill(path),
      headers: this.#headers(headers),
      body: pieces,
      isUnfinished: unfinished === true,
    });
  }

  #bytes(body: string | Base64): Buffer {
    return typeof body === 'string' ? Buffer.from(this.#bindings.fill(body)) : Buffer.from(body.base64, 'base64');
  }

  #headers(headers: HttpRequest['headers'] = {}): Record<string, string | string[]> {
    const filled = (value: string | readonly string[]) =>
      typeof value === 'string' ? this.#bindings.fill(value) : value.map((one) => this.#bindings.fill(one));
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(value)]));
  }

  /** Negotiates and binds the ids that a correct client uses next. Up to version 0 one id serves both purposes. */
  async #negotiate(hub: string, { version = 1, query = '', headers = {}, as }: HttpStep): Promise<string> {
    const path = `${hub}/negotiate?negotiateVersion=${version}${query}`;
    const { body } = await this.#ask({ method: 'POST', path, headers }).answer();
    const { connectionId = '', connectionToken = connectionId } = JSON.parse(body) as Record<string, string>;
    const prefix = as === undefined ? '' : `${as}.`;
    this.#bindings.set(`${prefix}connectionId`, connectionId);
    this.#bindings.set(`${prefix}connectionToken`, connectionToken);
    return `${hub}?id=${connectionToken}`;
  }

  async #openLongPolling(hub: string, step: HttpStep, what: string): Promise<void> {
    const path = await this.#negotiate(hub, step);
    const { headers = {} } = step;
    const ask = (method: string, body = '') => this.#ask({ method, path, headers, body }).answer();
    expect(await ask('GET'), what).toMatchObject({ status: 200, body: '' });
    expect(await ask('POST', HANDSHAKE), what).toMatchObject({ status: 200, body: '' });
    expect(await ask('GET'), what).toMatchObject({ status: 200, body: ACCEPTED });
  }

  async #openEvents(hub: string, step: HttpStep, what: string): Promise<void> {
    const path = await this.#negotiate(hub, step);
    const { headers = {} } = step;
    const stream = this.#ask({ method: 'GET', path, headers: { ...headers, Accept: 'text/event-stream' } });
    this.#exchanges.set(step.start ?? '', stream);
    await this.#expectText(stream, ':\r\n', what);
    expect(await this.#ask({ method: 'POST', path, headers, body: HANDSHAKE }).answer(), what).toMatchObject({
      status: 200,
      body: '',
    });
    await this.#expectText(stream, `data: ${ACCEPTED}\r\n\r\n`, what);
  }

  #expectAnswer(answer: Answer | Omit<Answer, 'body'>, expected: ExpectedAnswer, what: string): void {
    expect(answer.status, what).toBe(expected.status);
    if (expected.headers !== undefined) expect(headersOf(answer), what).toEqual(headersOf(expected));
    const { body } = expected;
    if (body === undefined || !('body' in answer)) return;
    if (typeof body === 'string') this.#bindings.match(answer.body, body, what);
    else expect((answer as { bytes?: Buffer }).bytes?.toString('base64'), what).toBe(body.base64);
  }
}

/** Whether the request opens a socket. A request that also accepts events opens none. */
function opensSocket({ method, headers = {} }: HttpRequest): boolean {
  return method === 'GET' && headers.Upgrade !== undefined && headers.Accept === undefined;
}

function headersOf({ status, headers = {} }: Pick<ExpectedAnswer, 'status' | 'headers'>): Record<string, string> {
  const left = status === 101 ? NOT_COMPARED : [...NOT_COMPARED, 'connection'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !left.includes(name)));
}
