// Whole bodies behind a route, over real sockets.
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { asError } from '../../src/errors.ts';
import { answerRequest } from '../../src/http/plain-response.ts';
import { BodyError, readBody } from '../../src/http/read-body.ts';
import { Inbox } from '../support/inbox.ts';
import { property } from '../support/property.ts';
import { ask, exchange, type HeaderLines, requestText } from '../support/raw-http.ts';
import { startRouted } from '../support/routed-server.ts';

const LIMITS = { maximumBytes: 1_000, maximumMs: 20_000 };
/** A tick of the timer wheel. */
const TICK_MS = 100;
const CHUNKED = { 'Transfer-Encoding': 'chunked' };
const ANNOUNCED = { Expect: '100-continue' };

const head = (headers: HeaderLines) => requestText('POST', '/posts', headers);
const declared = (bytes: number, headers: HeaderLines = {}) => head({ ...headers, 'Content-Length': `${bytes}` });
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

/** A server that answers a POST with its body. @param before What it does before it reads the body. */
async function start(before: Promise<void> = Promise.resolve()) {
  const arrived = new Inbox<string>();
  const begun = new Inbox<string>();
  const read = new Inbox<Buffer>();
  const failed = new Inbox<Error>();
  const hungUp = new Inbox<string>();
  const { port, clock, log } = await startRouted((alarms) => ({
    '/posts': {
      request: async (request, response) => {
        request.socket.once('close', () => hungUp.put('socket'));
        arrived.put('request');
        await before;
        try {
          const reading = readBody(request, response, LIMITS, alarms);
          begun.put('reading');
          const body = await reading;
          read.put(body);
          answerRequest(response, { status: 200, body: String(body) });
        } catch (error) {
          if (error instanceof BodyError && error.answer !== undefined) answerRequest(response, error.answer);
          failed.put(asError(error));
        }
      },
    },
  }));
  return { port, clock, log, arrived, begun, read, failed, hungUp };
}

function open(port: number, text: string): Socket {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {}).write(text);
  return socket;
}

const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 50 }), {
  maxLength: 20,
});

property(
  'a body within its limit arrives whole, in whatever pieces it comes, and takes at most twice its bytes',
  [pieces, fc.boolean()],
  30,
  async (texts, isChunked) => {
    const { port, read } = await start();
    const body = texts.join('');
    const socket = open(port, isChunked ? head(CHUNKED) : declared(body.length));
    socket.setNoDelay(true);
    for (const text of texts) await new Promise((done) => socket.write(isChunked ? chunk(text) : text, done));
    if (isChunked) socket.write('0\r\n\r\n');
    const [bytes] = (await read.until(1)) as [Buffer];
    expect(String(bytes)).toBe(body);
    expect(bytes.buffer.byteLength).toBeLessThanOrEqual(2 * body.length);
    socket.destroy();
  },
);

describe('a body', () => {
  test('may have exactly as many bytes as the limit says', async () => {
    const { port } = await start();
    const body = 'x'.repeat(LIMITS.maximumBytes);
    expect((await ask(port, declared(body.length) + body)).body).toBe(body);
    expect((await ask(port, `${head(CHUNKED)}${chunk(body)}0\r\n\r\n`)).body).toBe(body);
  });

  test('that declares one more is refused before it comes', async () => {
    const { port, failed } = await start();
    expect((await ask(port, declared(LIMITS.maximumBytes + 1))).status).toBe(413);
    expect(failed.all).toMatchObject([{ message: 'The body declares to be too long.' }]);
  });

  test('that has one more is refused as soon as that has come', async () => {
    const { port, failed } = await start();
    // It has no end.
    expect((await ask(port, head(CHUNKED) + chunk('x'.repeat(LIMITS.maximumBytes + 1)))).status).toBe(413);
    expect(failed.all).toMatchObject([{ message: 'The body is too long.' }]);
  });

  test('that comes too slowly is refused, and its socket closed', async () => {
    const { port, clock, begun, failed } = await start();
    const answer = exchange(port, `${declared(4)}ab`);
    await begun.until(1);
    clock.increment(LIMITS.maximumMs - TICK_MS);
    expect(failed.all).toEqual([]);
    clock.increment(2 * TICK_MS);
    const { status, headers } = (await answer).answer;
    expect([status, headers.get('connection')]).toEqual([408, 'close']);
    expect(failed.all).toMatchObject([{ message: 'The body is too slow.' }]);
  });

  test('leaves no time limit behind, whether it was read or not', async () => {
    const { port, clock, begun, failed } = await start();
    await ask(port, `${declared(4)}abcd`);
    const socket = open(port, `${declared(4)}ab`);
    await begun.until(2);
    socket.destroy();
    await failed.until(1);
    clock.increment(2 * TICK_MS);
    expect(clock.pending).toBe(0);
  });

  test('whose client hangs up is an error without an answer', async () => {
    const { port, begun, failed } = await start();
    const socket = open(port, `${declared(4)}ab`);
    await begun.until(1);
    socket.destroy();
    const [error] = await failed.until(1);
    expect(error).toEqual(new BodyError('The client has hung up.'));
    expect((error as BodyError).answer).toBeUndefined();
  });

  test('whose client has hung up before is the same', async () => {
    let go = () => {};
    const { port, arrived, failed, hungUp } = await start(
      new Promise((resolve) => {
        go = resolve;
      }),
    );
    const socket = open(port, `${declared(4)}ab`);
    await arrived.until(1);
    socket.destroy();
    await hungUp.until(1);
    go();
    expect(await failed.until(1)).toMatchObject([{ name: 'BodyError', answer: undefined }]);
  });
});

describe('a body that is announced (Expect: 100-continue)', () => {
  test('is asked for, and read', async () => {
    const { port, read } = await start();
    const { answer, socket } = await exchange(port, declared(4, ANNOUNCED));
    expect(answer.status).toBe(100);
    socket.write('abcd');
    expect(await read.until(1)).toEqual([Buffer.from('abcd')]);
    socket.destroy();
  });

  test('and is too long is refused, and nothing may follow on its socket', async () => {
    const { port, log } = await start();
    const { answer, socket } = await exchange(port, declared(LIMITS.maximumBytes + 1, ANNOUNCED));
    expect([answer.status, answer.headers.get('connection')]).toEqual([413, 'close']);
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(log.lines).toEqual([]);
  });
});
