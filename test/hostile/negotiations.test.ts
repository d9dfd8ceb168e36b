// A flood of negotiations, and of bodies that are posted before there is a transport.
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Inbox } from '../support/inbox.ts';
import { ask, exchange, requestText, upgradeRequest } from '../support/raw-http.ts';
import { negotiate } from '../support/raw-negotiation.ts';
import { Victim } from './victim.ts';

const STRANGER = '127.0.0.2';
const MEBI = 1_024 * 1_024;
const PENDING = 65_536;
const SOCKETS = 4;
const BURST = 500;
const END_OF_HEAD = '\r\n\r\n';
const NEGOTIATE = requestText('POST', '/hub/negotiate?negotiateVersion=1', { 'Content-Length': '0' });

/** One socket of the attacker, with as many requests at once as it wants (HTTP pipelining). */
class Pipeline {
  readonly socket: Socket;
  readonly tokens: string[] = [];
  readonly #answers = new Inbox<string>();
  #text = '';

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', localAddress: STRANGER });
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk) => this.#read(chunk.toString('latin1')));
    onTestFinished(() => void this.socket.destroy());
  }

  async negotiate(times: number): Promise<void> {
    const before = this.#answers.length;
    for (let n = 0; n < times; n += BURST) {
      this.socket.write(NEGOTIATE.repeat(BURST));
      await this.#answers.until(before + n + BURST);
    }
  }

  #read(text: string): void {
    this.#text += text;
    for (;;) {
      const end = this.#text.indexOf(END_OF_HEAD) + END_OF_HEAD.length;
      if (end < END_OF_HEAD.length) return;
      const head = this.#text.slice(0, end);
      const length = Number(/Content-Length: (\d+)/.exec(head)?.[1] ?? 0);
      if (this.#text.length < end + length) return;
      const token = /"connectionToken":"([^"]+)"/.exec(this.#text.slice(end, end + length))?.[1];
      if (token !== undefined) this.tokens.push(token);
      this.#text = this.#text.slice(end + length);
      this.#answers.put(head);
    }
  }
}

describe('from one address', () => {
  test('a flood of negotiations costs nobody else theirs, neither one that waits nor a new one', async () => {
    const victim = new Victim();
    const { port } = await victim.ask('listen');
    const pipelines = Array.from({ length: SOCKETS }, () => new Pipeline(port));
    const flood = (count: number) => Promise.all(pipelines.map((pipeline) => pipeline.negotiate(count)));
    await flood(PENDING / SOCKETS);
    const earlier = await negotiate(port, '/hub');
    await flood(2 * BURST);
    // Fewer on a machine that is so slow that the first of them have expired by now.
    expect((await victim.ask('figures')).pending).toBeLessThanOrEqual(PENDING);
    for (const { connectionToken } of [earlier, await negotiate(port, '/hub')]) {
      expect((await ask(port, upgradeRequest(`/hub?id=${connectionToken}`))).status).toBe(101);
    }
  }, 60_000);

  test('what is posted before there is a transport is bounded for all together', async () => {
    const victim = new Victim();
    const { port } = await victim.ask('listen');
    const pipelines = Array.from({ length: SOCKETS }, () => new Pipeline(port));
    await Promise.all(pipelines.map((pipeline) => pipeline.negotiate(BURST)));
    const { connectionToken } = await negotiate(port, '/hub');
    const path = `/hub?id=${connectionToken}`;
    const hello = '{"protocol":"json","version":1}\x1e';
    const posted = await ask(port, requestText('POST', path, { 'Content-Length': `${hello.length}` }) + hello);
    expect(posted.status).toBe(200);
    const body = 'x'.repeat(15_000);
    for (const { socket, tokens } of pipelines) {
      for (const token of tokens.slice(0, 100)) {
        const post = requestText('POST', `/hub?id=${token}`, { 'Content-Length': `${body.length}` }) + body;
        if (!socket.write(post.repeat(16))) await new Promise((resolve) => socket.once('drain', resolve));
      }
    }
    const { external } = await victim.ask('memory');
    expect(external).toBeLessThan(48 * MEBI);
    // Its socket stays open, and so does the connection.
    const { answer, socket } = await exchange(port, requestText('GET', path, { Accept: 'text/event-stream' }));
    onTestFinished(() => void socket.destroy());
    expect(answer.status).toBe(200);
    await victim.until('connections', 1);
  });
});
