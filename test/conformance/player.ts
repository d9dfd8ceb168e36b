// Plays one vector: its steps in order, against a server on a port. It uses nothing of that server but HTTP.
import { expect } from 'vitest';
import { expectRecord, expectWithin } from './agreement.ts';
import { Bindings } from './bindings.ts';
import { type Answer, type Connection, upgrade, upgradeHeaders } from './connection.ts';
import type { Dialect } from './dialect.ts';
import { takeAck, takeCloseFrame, takeEnd, takeNothing, takeRecord, takeTheRest } from './expectations.ts';
import { ask, bindTokens, expectEvents } from './server-requests.ts';
import { realTime, type Time } from './time.ts';
import type { Step, Vector } from './vectors.ts';

/** Name of the connection of steps without `on`. */
const FIRST = 'a';

/** @param dialect Protocol that is used instead of JSON. It has to mean the same. */
export async function play(vector: Vector, port: number, dialect?: Dialect, time = realTime): Promise<void> {
  await new Play(vector, port, dialect, time).run();
}

class Play {
  readonly #vector: Vector;
  readonly #port: number;
  readonly #dialect: Dialect | undefined;
  readonly #time: Time;
  readonly #bindings = new Bindings();
  readonly #connections = new Map<string, Connection>();
  readonly #asked = new Map<string, Promise<Answer>>();
  #lastStepEnded: number;

  constructor(vector: Vector, port: number, dialect: Dialect | undefined, time: Time) {
    this.#vector = dialect === undefined ? vector : { ...vector, otherSpelling: true };
    this.#port = port;
    this.#dialect = dialect;
    this.#time = time;
    this.#lastStepEnded = time.now();
  }

  async run(): Promise<void> {
    try {
      await bindTokens(this.#port, this.#vector, this.#bindings);
      for (const [index, step] of this.#vector.steps.entries()) {
        const what = `step ${index + 1}, ${JSON.stringify(step).slice(0, 160)}`;
        await this.#play(step, what);
        const now = this.#time.now();
        expectWithin(now - this.#lastStepEnded, step.afterMs, what);
        this.#lastStepEnded = now;
      }
      await Promise.all([...this.#connections.values()].map(takeTheRest));
    } finally {
      for (const connection of this.#connections.values()) connection.drop('end');
    }
  }

  async #play(step: Step, what: string): Promise<void> {
    if (step.connect !== undefined) return void (await this.#connect(step, what));
    if (step.http !== undefined) return this.#ask(step, what);
    if (step.finish !== undefined) return this.#expectAnswer(await this.#asked.get(step.finish), step, what);
    if (step.events !== undefined) return this.#expectEvents(step, step.events, what);
    if (step.waitMs !== undefined) return this.#time.pass(step.waitMs);
    const connection = this.#connections.get(step.on ?? FIRST) ?? (await this.#connect({ ...step, connect: {} }, what));
    if (connection === undefined) throw new Error(`${what}: the connection was refused`);
    return this.#playOn(connection, step, what);
  }

  async #playOn(connection: Connection, step: Step, what: string): Promise<void> {
    if (step.send !== undefined) return this.#send(connection, step, step.send);
    if (step.receive !== undefined) return this.#receive(connection, step.receive, what);
    if (step.receiveAnyOrder !== undefined) return this.#receiveAnyOrder(connection, step.receiveAnyOrder, what);
    if (step.nothing !== undefined) return takeNothing(connection, step.nothing, what);
    if (step.close !== undefined) return connection.close(step.close.code);
    if (step.closed !== undefined) return expect(await takeCloseFrame(connection, what), what).toEqual(step.closed);
    if (step.ended !== undefined) return takeEnd(connection, what);
    if (step.drop !== undefined) return connection.drop(step.drop === 'reset' ? 'reset' : 'end');
    if (step.lastAck !== undefined) return takeAck(connection, step.lastAck, what);
    if (step.pingsSoFar !== undefined) return expectPings(connection, step.pingsSoFar, what);
    throw new Error(`a step of a kind that the player does not know: ${what}`);
  }

  async #connect({ on = FIRST, connect = {}, refused }: Step, what: string): Promise<Connection | undefined> {
    const query = this.#bindings.fill(connect.query ?? this.#vector.query ?? '');
    const asked = Object.entries({ ...this.#vector.headers, ...connect.headers });
    const { answer, connection } = await upgrade({
      port: this.#port,
      path: `/${connect.hub ?? this.#vector.hub}${query === '' ? '' : `?${query}`}`,
      headers: {
        ...upgradeHeaders(),
        ...Object.fromEntries(asked.map(([n, value]) => [n, this.#bindings.fill(value)])),
      },
      silent: connect.silent ?? false,
      ignoreAcks: this.#vector.ignoreAcks ?? false,
      dialect: this.#dialect,
    });
    if (connection !== undefined) this.#connections.set(on, connection);
    expect(answer, what).toMatchObject(refused ?? { status: 101 });
    return connection;
  }

  async #send(connection: Connection, step: Step, messages: string | readonly string[]): Promise<void> {
    const encoding = step.binary || step.base64 ? 'base64' : 'utf8';
    for (const [index, message] of [messages].flat().entries()) {
      if (index > 0 && step.pauseMs !== undefined) await this.#time.pass(step.pauseMs);
      const { binary, fragments } = step;
      const how = { ...(binary === undefined ? {} : { binary }), ...(fragments === undefined ? {} : { fragments }) };
      connection.send(Buffer.from(this.#bindings.fill(message), encoding), how);
    }
  }

  async #receive(connection: Connection, expected: string | readonly string[], what: string): Promise<void> {
    for (const record of [expected].flat()) {
      expectRecord(await takeRecord(connection, what), record, this.#vector, this.#bindings, what);
    }
  }

  async #receiveAnyOrder(connection: Connection, expected: readonly string[], what: string): Promise<void> {
    const came: string[] = [];
    while (came.length < expected.length) came.push(await takeRecord(connection, what));
    const wanted = expected.map((record) => this.#bindings.fill(record));
    for (const [index, record] of came.sort().entries()) {
      expectRecord(record, wanted.sort()[index] ?? '', this.#vector, this.#bindings, what);
    }
  }

  async #ask(step: Step, what: string): Promise<void> {
    const { method = '', path = '' } = step.http ?? {};
    const asked = ask(this.#port, { method, path: this.#bindings.fill(path) });
    if (step.start === undefined) this.#expectAnswer(await asked, step, what);
    else this.#asked.set(step.start, asked);
  }

  #expectAnswer(answer: Answer | undefined, { response }: Step, what: string): void {
    if (response === undefined) return;
    expect(answer?.status, what).toBe(response.status);
    this.#bindings.match(answer?.body ?? '', response.body, what);
  }

  #expectEvents(step: Step, events: readonly string[], what: string): Promise<void> {
    const id = this.#bindings.get(step.of === undefined ? 'connectionId' : `connectionId.${step.of}`);
    return expectEvents(this.#port, id, { ...step, events }, this.#vector, what);
  }
}

function expectPings(connection: Connection, [min, max]: readonly [number, number], what: string): void {
  expect(connection.pings, what).toBeGreaterThanOrEqual(min);
  expect(connection.pings, what).toBeLessThanOrEqual(max);
}
