import type { ConnectionId } from '../ids.ts';
import type { Poll } from '../transports/long-poll-port.ts';
import { type LongPollingParts, LongPollingTransport } from '../transports/long-polling.ts';
import { MemoryClient, type ServerSide } from './memory-client.ts';
import { MemoryPosts } from './memory-posts.ts';
import { recorded } from './recorded.ts';

const Recording = recorded(LongPollingTransport);
/** The real transport, which also records what it was given to write. */
export type RecordedLongPolling = InstanceType<typeof Recording>;

/** A poll whose client takes its answer when the test says so. */
class MemoryPoll implements Poll {
  buffered = 0;
  progress = 0;
  #over: () => void = () => {};
  readonly #answered: (poll: MemoryPoll, status: 200 | 204 | 409, body: Buffer) => void;

  constructor(answered: (poll: MemoryPoll, status: 200 | 204 | 409, body: Buffer) => void) {
    this.#answered = answered;
  }

  whenOver(over: () => void): void {
    this.#over = over;
  }
  answerWithMessages(frames: readonly Buffer[], bytes: number): void {
    this.#answer(200, Buffer.concat(frames, bytes));
  }
  answerEmpty(): void {
    this.#answer(200, Buffer.alloc(0));
  }
  answerNoContent(): void {
    this.#answer(204, Buffer.alloc(0));
  }
  refuse(): void {
    this.#answer(409, Buffer.alloc(0));
  }
  terminate(): void {
    this.leave();
  }

  /** Its client takes this number of bytes of the answer. */
  take(bytes: number): void {
    this.buffered -= bytes;
    this.progress += bytes;
  }

  /** HTTP reports this after the answer, never in the middle of it. */
  leave(): void {
    queueMicrotask(this.#over);
  }

  #answer(status: 200 | 204 | 409, body: Buffer): void {
    this.buffered = body.length;
    this.progress = -body.length;
    this.#answered(this, status, body);
  }
}

/** A client that polls again as soon as it has an answer. It posts what it sends, one request at a time. */
export class MemoryPoller implements ServerSide {
  readonly client: MemoryClient = new MemoryClient(this);
  readonly transport: RecordedLongPolling;
  readonly #nextTurn: (run: () => void) => void;
  /** The poll in progress, and the part of its answer that the client has not taken. */
  #poll: MemoryPoll | undefined;
  #answer: { readonly body: Buffer; left: number } | undefined;
  #isStalled = false;
  readonly #posts: MemoryPosts;

  constructor(connectionId: string, parts: LongPollingParts, nextTurn: (run: () => void) => void) {
    this.#posts = new MemoryPosts(parts.alarms, nextTurn);
    this.transport = new Recording(connectionId as ConnectionId, this.#posts.server, parts);
    this.transport.recordsOf = (frame) => this.client.protocol.read(frame);
    this.#nextTurn = nextTurn;
  }

  /** Sends a poll. The connection begins with the first one. */
  poll(): void {
    const { client, transport } = this;
    if (client.isEnded || this.#isStalled || this.#poll !== undefined) return;
    if (transport.isOver) {
      client.ended();
      return;
    }
    // A client that ignores the close does not poll again after the Close record.
    if (client.closeRecord !== undefined && !client.answersClose) return;
    this.#poll = new MemoryPoll((...answer) => this.#answered(...answer));
    transport.poll(this.#poll);
  }

  // --- actions of the client

  arrive(what: Buffer | { readonly by: string }): void {
    if (!Buffer.isBuffer(what)) this.#leave();
    else if (!this.client.isEnded) this.#posts.send(what);
  }

  /** Ends the client: its poll and its POST are aborted, and it never comes back. */
  cut(): void {
    if (this.client.isEnded) return;
    this.client.ended();
    this.#poll?.leave();
    this.#poll = undefined;
    this.#answer = undefined;
    this.#posts.leave();
  }

  /** A violation of HTTP never reaches this layer: the server only sees that the client has gone. */
  fail(): void {
    this.cut();
  }

  stall(): void {
    this.#isStalled = true;
  }

  flow(): void {
    this.#isStalled = false;
    this.take(Number.POSITIVE_INFINITY);
    this.#nextTurn(() => this.poll());
  }

  take(bytes: number): void {
    const answer = this.#answer;
    const poll = this.#poll;
    if (answer === undefined || poll === undefined) return;
    const some = Math.min(bytes, answer.left);
    answer.left -= some;
    poll.take(some);
    if (answer.left > 0) return;
    this.#answer = undefined;
    this.#poll = undefined;
    poll.leave();
    if (answer.body.length > 0) this.client.read(this.client.protocol.read(answer.body));
    this.#nextTurn(() => this.poll());
  }

  pollAgain(givesUp: boolean): void {
    const before = this.#poll;
    // An answer on its way would be lost with its poll.
    if (before === undefined || this.#answer !== undefined || this.#isStalled) return;
    this.#poll = undefined;
    if (givesUp) before.leave();
    this.poll();
  }

  // --- actions of the server

  #answered(poll: MemoryPoll, status: 200 | 204 | 409, body: Buffer): void {
    if (poll !== this.#poll) {
      poll.leave();
      return;
    }
    if (status !== 200) {
      this.#poll = undefined;
      poll.leave();
      this.client.ended();
      return;
    }
    this.#answer = { body, left: body.length };
    if (!this.#isStalled) this.take(Number.POSITIVE_INFINITY);
  }

  /** Leaves as official clients do: the poll is given up, then the DELETE follows. */
  #leave(): void {
    const { transport } = this;
    this.cut();
    if (!transport.isOver) transport.delete();
  }
}
