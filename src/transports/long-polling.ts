import type { ServerResponse } from 'node:http';
import type { Alarm, Alarms } from '../clock.ts';
import type { ConnectionId } from '../ids.ts';
import type { HttpTransport } from './http-transport.ts';
import { HttpPoll } from './poll.ts';
import type { OpenPollSlot, Poll, PollImplementations, PollSlot } from './poll-slot.ts';
import type { Posts } from './posts.ts';
import { CLOSE_TIMEOUT_MS, type Framing, type TransportListener } from './transport.ts';

/** How long a client may stay away between two polls (ASP.NET Core's DisconnectTimeout). */
const AWAY_MS = 15_000;

/** Records one behind the other; one object, so that connections share what they are answered with. */
const FRAMING: Framing = { frame: (records, length) => Buffer.concat(records, length) };

export interface LongPollingParts {
  readonly pollTimeoutMs: number;
  readonly highWaterBytes: number;
  readonly alarms: Alarms;
  readonly openSlot: OpenPollSlot;
}

/**
 * Messages as the answers to polls. What is written between two polls waits for the next one: it is this transport's
 * `buffered`, as what a kernel has not taken is that of a socket, so the lane holds back the rest. Which poll may do what is
 * decided by the slot, on the other side of its port; here are its hands.
 */
export class LongPollingTransport implements HttpTransport, PollImplementations {
  readonly name = 'LongPolling';
  readonly keepsAlive = true;
  readonly connectionId: ConnectionId;
  readonly posts: Posts;
  readonly #parts: LongPollingParts;
  readonly #slot: PollSlot;
  /** What the client has to do in time, and what we have to. */
  readonly #deadline: Alarm;
  readonly #answerDue: Alarm;
  #listener: TransportListener | undefined;
  /** What waits for a poll. */
  #mail: Buffer[] = [];
  #mailBytes = 0;
  #written = 0;
  /** The poll that has arrived and not been decided about, the one that has the slot, and the one behind it. */
  #arrived: Poll | undefined;
  #current: Poll | undefined;
  #next: Poll | undefined;
  #isWritable = true;
  #isDeleted = false;
  #isEnded = false;

  constructor(connectionId: ConnectionId, posts: Posts, parts: LongPollingParts) {
    this.connectionId = connectionId;
    this.posts = posts;
    this.#parts = parts;
    const passed = () => this.#slot.deadlinePassed();
    this.#deadline = parts.alarms.alarm(passed);
    this.#answerDue = parts.alarms.punctual(passed);
    this.#slot = parts.openSlot(this);
  }

  get isOver(): boolean {
    return this.#isDeleted || this.#isEnded;
  }
  get isAttached(): boolean {
    return this.#current !== undefined;
  }
  get buffered(): number {
    return this.#mailBytes + (this.#current?.buffered ?? 0);
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
    return this.poll(new HttpPoll(response));
  }

  /** @returns false when it has been refused. */
  poll(poll: Poll): boolean {
    poll.whenOver(() => this.#left(poll));
    this.#arrived = poll;
    this.#slot.pollArrived(this.#mailBytes > 0);
    const isIn = this.#arrived !== undefined;
    this.#arrived = undefined;
    return isIn;
  }

  delete(): boolean {
    this.#isDeleted = true;
    this.posts.end();
    this.#slot.deleteRequested();
    this.#listener?.endRequested();
    return true;
  }

  write(frame: Buffer): void {
    if (!this.#isWritable) return;
    this.#mail.push(frame);
    this.#mailBytes += frame.length;
    // Most often nobody is there, and the slot need not hear of every frame.
    if (this.#current !== undefined) this.#slot.mailArrived();
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
    this.#slot.finished();
  }

  terminate(): void {
    this.#isWritable = false;
    if (!this.#isEnded) this.#slot.terminated();
  }

  toJSON(): unknown {
    return { connectionId: this.connectionId };
  }

  // --- what the slot decides

  hold(): void {
    this.#current = this.#arrived;
  }
  queue(): void {
    this.#next = this.#arrived;
  }
  promote(): void {
    this.#current = this.#next;
    this.#next = undefined;
  }
  greet(): void {
    this.#current?.giveMail([], 0);
  }
  giveMail(): void {
    const [frames, bytes] = [this.#mail, this.#mailBytes];
    this.#mail = [];
    this.#mailBytes = 0;
    this.#written += bytes;
    this.#current?.giveMail(frames, bytes);
  }
  giveNothing(): void {
    this.#current?.giveNothing();
  }
  dismiss(): void {
    this.#current?.dismiss();
  }
  cut(): void {
    this.#current?.cut();
  }
  refuse(): void {
    this.#arrived?.refuse();
    this.#arrived = undefined;
  }
  awaitPoll(): void {
    this.#deadline.set(AWAY_MS);
  }
  awaitMail(): void {
    this.#answerDue.set(this.#parts.pollTimeoutMs);
  }
  /** Official clients give a request 100 s. */
  awaitTaking(): void {
    this.#deadline.set(this.#parts.pollTimeoutMs);
  }
  awaitLeave(): void {
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
    this.#mail = [];
    this.#mailBytes = 0;
    this.#current = undefined;
    this.#next = undefined;
    this.stopWaiting();
    this.posts.end();
    this.#listener?.closed({ by: 'loss' });
  }

  /** A poll is over, of whichever of these it was. */
  #left(poll: Poll): void {
    if (poll === this.#next) {
      this.#next = undefined;
      this.#slot.nextLeft();
    } else if (poll === this.#current) {
      this.#current = undefined;
      this.#slot.pollLeft(this.#mailBytes > 0);
      if (this.buffered < this.#parts.highWaterBytes) this.#listener?.drained();
    }
  }
}
