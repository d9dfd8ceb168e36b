// Plays one HTTP vector: requests and their whole answers, and what goes over a socket after a 101.
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { Bindings } from './bindings.ts';
import { type Answer, type Connection, upgrade } from './connection.ts';
import { withOurTransports } from './differences.ts';
import { takeCloseFrame, takeEnd, takeNothing, takeRecord, takeTheRest } from './expectations.ts';
import type { ExpectedAnswer, HttpStep } from './http-vectors.ts';
import { ask, expectEvents } from './outside.ts';
import type { Vector } from './vectors.ts';

/** How the bytes of a body are framed, and what an HTTP server says of itself, is not the protocol's matter. */
const NOT_COMPARED = ['date', 'server', 'keep-alive', 'set-cookie', 'content-length', 'transfer-encoding'];

export async function playHttp(vector: Vector<HttpStep>, port: number): Promise<void> {
  await new HttpPlay(vector, port).run();
}

class HttpPlay {
  readonly #vector: Vector<HttpStep>;
  readonly #port: number;
  readonly #bindings: Bindings;
  readonly #connections = new Map<string, Connection>();
  /** These vectors may name the end before the records that came before it. */
  readonly #recordsBeforeTheEnd: string[] = [];

  constructor(vector: Vector<HttpStep>, port: number) {
    this.#vector = vector;
    this.#port = port;
    this.#bindings = new Bindings(vector.patterns);
  }

  async run(): Promise<void> {
    try {
      for (const [index, step] of this.#vector.steps.entries()) {
        await this.#play(step, `step ${index + 1}, ${JSON.stringify(step).slice(0, 160)}`);
      }
      expect(this.#recordsBeforeTheEnd).toEqual([]);
      await Promise.all([...this.#connections.values()].map(takeTheRest));
    } finally {
      for (const connection of this.#connections.values()) connection.drop('end');
    }
  }

  async #play(step: HttpStep, what: string): Promise<void> {
    if (step.request !== undefined) return this.#request(step, step.request, what);
    if (step.negotiate !== undefined) return this.#negotiate(step.negotiate, step.version ?? 1);
    if (step.events !== undefined) return expectEvents(this.#port, this.#bindings.get('connectionId'), step, {}, what);
    if (step.waitMs !== undefined) return wait(step.waitMs);
    const connection = this.#connections.get(step.on ?? '');
    if (connection === undefined) throw new Error(`no connection for ${what}`);
    return this.#playOn(connection, step, what);
  }

  async #playOn(connection: Connection, step: HttpStep, what: string): Promise<void> {
    if (step.opened !== undefined) return this.#expectAnswer(connection.answer, step.opened, what);
    if (step.send !== undefined) return connection.send(Buffer.from(this.#bindings.fill(step.send)));
    if (step.records !== undefined) return this.#expectRecords(connection, step.records, what);
    if (step.frames !== undefined) return expect(connection.frames, what).toEqual(step.frames);
    if (step.nothing !== undefined) return takeNothing(connection, step.nothing, what);
    if (step.close !== undefined) return connection.close(step.close.code);
    if (step.closed !== undefined) return this.#expectClosed(connection, step.closed, what);
    if (step.ended === 'cut') return takeEnd(connection, what);
    if (step.drop !== undefined) return connection.drop('end');
    throw new Error(`a step of a kind that the player does not know: ${what}`);
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

  async #request(step: HttpStep, request: NonNullable<HttpStep['request']>, what: string): Promise<void> {
    const path = this.#bindings.fill(request.path);
    if (step.start === undefined) {
      const answer = await ask(this.#port, { ...request, path });
      if (step.response !== undefined) this.#expectAnswer(answer, step.response, what);
      return;
    }
    const { headers = {} } = request;
    const { answer, connection } = await upgrade({ port: this.#port, path, headers, silent: step.silent ?? false });
    if (connection === undefined) return this.#expectAnswer(answer, { status: 101, headers: {} }, what);
    this.#connections.set(step.start, connection);
  }

  /** The ids that an honest client goes on with: up to version 0 there is one for both purposes. */
  async #negotiate(path: string, version: number): Promise<void> {
    const { body } = await ask(this.#port, { method: 'POST', path: `${path}/negotiate?negotiateVersion=${version}` });
    const { connectionId, connectionToken = connectionId } = JSON.parse(body) as Record<string, string>;
    this.#bindings.set('connectionId', connectionId ?? '');
    this.#bindings.set('connectionToken', connectionToken ?? '');
  }

  #expectAnswer(answer: Answer, expected: ExpectedAnswer, what: string): void {
    expect(answer.status, what).toBe(expected.status);
    expect(headersOf(answer), what).toEqual(headersOf(expected));
    if (expected.body !== undefined) this.#bindings.match(answer.body, withOurTransports(expected.body), what);
  }
}

function headersOf({ status, headers }: Answer | ExpectedAnswer): Record<string, string> {
  const left = status === 101 ? NOT_COMPARED : [...NOT_COMPARED, 'connection'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !left.includes(name)));
}
