import type { ServerResponse } from 'node:http';
import type { Alarm, Alarms } from '../clock.ts';
import type { ConnectionId } from '../ids.ts';
import type { HttpTransport } from './http-transport.ts';
import type { LongPollActor, Poll, PollImplementations, StartLongPollActor } from './long-poll-port.ts';
import { HttpPoll } from './poll.ts';
import type { Posts } from './posts.ts';
import { CLOSE_TIMEOUT_MS, type Framing, type TransportListener } from './transport.ts';

/** Longest time between two polls of a client (ASP.NET Core's DisconnectTimeout). */
const AWAY_MS = 15_000;

/** Concatenates records. One object, so that connections share their frames. */
const FRAMING: Framing = { frame: (records, length) => Buffer.concat(records, length) };

export interface LongPollingParts {
  readonly pollTimeoutMs: number;
  readonly highWaterBytes: number;
  readonly alarms: Alarms;
  readonly startActor: StartLongPollActor;
}

/**
 * Sends messages as answers to polls. Frames that are written between two polls wait for the next one. They count as
 * `buffered`, like bytes of a socket that the kernel has not taken, so the lane holds back the rest. The actor behind
 * the port decides what happens to each poll; this class implements its actions.
 */
export class LongPollingTransport implements HttpTransport, PollImplementations {
  readonly name = 'LongPolling';
  readonly keepsAlive = true;
  readonly connectionId: ConnectionId;
  readonly posts: Posts;
  readonly #parts: LongPollingParts;
  readonly #actor: LongPollActor;
  /** The time of the client, and that of the server. */
  readonly #deadline: Alarm;
  readonly #answerDue: Alarm;
  #listener: TransportListener | undefined;
  /** Frames that wait for a poll. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #written = 0;
  #current: Poll | undefined;
  /** Waits until the answer of the current poll has been taken. */
  #next: Poll | undefined;
  #isWritable = true;
  #isDeleted = false;
  #isEnded = false;

  constructor(connectionId: ConnectionId, posts: Posts, parts: LongPollingParts) {
    this.connectionId = connectionId;
    this.posts = posts;
    this.#parts = parts;
    const passed = () => this.#actor.deadlinePassed();
    this.#deadline = parts.alarms.alarm(passed);
    this.#answerDue = parts.alarms.punctual(passed);
    this.#actor = parts.startActor(this);
  }

  get isOver(): boolean {
    return this.#isDeleted || this.#isEnded;
  }
  get isAttached(): boolean {
    return this.#current !== undefined;
  }
  get buffered(): number {
    return this.#waitingBytes + (this.#current?.buffered ?? 0);
  }
  get progress(): number {
    return this.#written + (this.#current?.progress ?? 0);
  }

  framing(): Framing {
    return FRAMING;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.posts.open(listener);
  }

  get(response: ServerResponse): boolean {
    const poll = new HttpPoll(response);
    this.poll(poll);
    return !poll.isRefused;
  }

  poll(poll: Poll): void {
    poll.whenOver(() => this.#left(poll));
    this.#actor.pollArrived(poll, this.#waitingBytes > 0);
  }

  delete(): boolean {
    this.#isDeleted = true;
    this.posts.end();
    this.#actor.deleteRequested();
    this.#listener?.endRequested();
    return true;
  }

  write(frame: Buffer): void {
    if (!this.#isWritable) return;
    this.#waiting.push(frame);
    this.#waitingBytes += frame.length;
    // Between two polls, which is most of the time, the actor need not hear of every frame.
    if (this.#current !== undefined) this.#actor.messageArrived();
  }

  pause(): void {
    this.posts.pause();
  }
  resume(): void {
    this.posts.resume();
  }

  close(): void {
    if (!this.#isWritable) return;
    this.#isWritable = false;
    this.posts.resume();
    this.#actor.finished();
  }

  terminate(): void {
    this.#isWritable = false;
    if (!this.#isEnded) this.#actor.terminated();
  }

  toJSON(): unknown {
    return { connectionId: this.connectionId };
  }

  // --- the actions of the actor

  hold(poll: Poll): void {
    this.#current = poll;
  }
  queue(poll: Poll): void {
    this.#next = poll;
  }
  refuse(poll: Poll): void {
    poll.refuse();
  }
  promote(): void {
    this.#current = this.#next;
    this.#next = undefined;
  }
  answerFirst(): void {
    this.#current?.answerWithMessages([], 0);
  }
  answerWithMessages(): void {
    const [frames, bytes] = [this.#waiting, this.#waitingBytes];
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#written += bytes;
    this.#current?.answerWithMessages(frames, bytes);
  }
  answerEmpty(): void {
    this.#current?.answerEmpty();
  }
  answerNoContent(): void {
    this.#current?.answerNoContent();
  }
  terminatePoll(): void {
    this.#current?.terminate();
  }
  awaitPoll(): void {
    this.#deadline.set(AWAY_MS);
  }
  awaitMessage(): void {
    this.#answerDue.set(this.#parts.pollTimeoutMs);
  }
  /** As long as a poll may wait. Official clients give a request 100 s. */
  awaitAnswerTaken(): void {
    this.#deadline.set(this.#parts.pollTimeoutMs);
  }
  awaitLastPoll(): void {
    this.#deadline.set(CLOSE_TIMEOUT_MS);
  }
  stopWaiting(): void {
    this.#deadline.clear();
    this.#answerDue.clear();
  }
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#isWritable = false;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#current = undefined;
    this.#next = undefined;
    this.stopWaiting();
    this.posts.end();
    this.#listener?.closed({ by: 'loss' });
  }

  /** A poll is over: it may be the current one, the next one, or neither any more. */
  #left(poll: Poll): void {
    if (poll === this.#next) {
      this.#next = undefined;
      this.#actor.nextLeft();
    } else if (poll === this.#current) {
      this.#current = undefined;
      this.#actor.pollLeft(this.#waitingBytes > 0);
      if (this.buffered < this.#parts.highWaterBytes) this.#listener?.drained();
    }
  }
}
