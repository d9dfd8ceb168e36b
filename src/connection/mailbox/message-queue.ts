import type { CallMessage } from '../../hub/dispatcher.ts';
import { MAXIMUM_UPLOADS } from '../../hub/method.ts';
import type { Backlog } from './backlogs.ts';
import { PendingUploadIds } from './pending-upload-ids.ts';
import { isCall, type QueuedMessage } from './queued-message.ts';
import { weightOf } from './weight.ts';

/** Maximum of empty places at the front; then the rest moves up. */
const MAXIMUM_EMPTY = 100;
const NONE: readonly string[] = [];

/** Queue of one mailbox, oldest message first. */
export class MessageQueue {
  readonly #backlog: Backlog;
  #messages: QueuedMessage[] = [];
  /** Weight of each message; 0 until it is weighed. */
  #weights: number[] = [];
  #weight = 0;
  #first = 0;
  /** Calls that were cancelled while they wait. Made with the first. */
  #cancelled: Set<CallMessage> | undefined;
  /** Ids of uploads of queued messages. Made with the first. */
  #ids: PendingUploadIds | undefined;

  /** @param backlog Backlog of the connection, which counts the weight. */
  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  get length(): number {
    return this.#messages.length - this.#first;
  }

  get weight(): number {
    return this.#weight;
  }

  get front(): QueuedMessage | undefined {
    return this.#messages[this.#first];
  }

  /** Number of calls in the queue. */
  get calls(): number {
    return this.#messages.slice(this.#first).filter(isCall).length;
  }

  /** Whether a queued message belongs to an upload. */
  get hasUploads(): boolean {
    return this.#ids?.isEmpty === false;
  }

  /** Whether a queued message belongs to this upload: its call, or an item. */
  hasUpload(id: string): boolean {
    return this.#ids?.has(id) === true;
  }

  push(message: QueuedMessage): void {
    const ids = uploadsOf(message);
    if (ids.length > 0) {
      this.#ids ??= new PendingUploadIds();
      for (const id of ids) this.#ids.add(id);
    }
    this.#messages.push(message);
    this.#weights.push(0);
  }

  /** Weighs the newest message, which has to wait. */
  weigh(): void {
    const last = this.#messages.length - 1;
    if (last < this.#first || this.#weights[last] !== 0) return;
    const weight = weightOf(this.#messages[last] as QueuedMessage);
    this.#weights[last] = weight;
    this.#weight += weight;
    this.#backlog.add(weight);
  }

  shift(): void {
    const message = this.front;
    if (message === undefined) return;
    if (isCall(message)) this.#cancelled?.delete(message);
    if (this.#ids !== undefined) for (const id of uploadsOf(message)) this.#ids.remove(id);
    const weight = this.#weights[this.#first] as number;
    this.#weight -= weight;
    this.#backlog.remove(weight);
    if (this.#messages.length === 1) {
      // The usual case: the arrays are kept, so the next message allocates none.
      this.#messages.pop();
      this.#weights.pop();
      return;
    }
    this.#first += 1;
    if (this.#first === this.#messages.length || this.#first >= MAXIMUM_EMPTY) {
      this.#messages = this.#messages.slice(this.#first);
      this.#weights = this.#weights.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Takes the weight of all messages off the backlog: the queue is dropped. */
  drop(): void {
    this.#backlog.remove(this.#weight);
  }

  wasCancelled(call: CallMessage): boolean {
    return this.#cancelled?.has(call) === true;
  }

  /** Marks a waiting call as cancelled. @returns false when there is none with that id. */
  cancel(invocationId: string): boolean {
    for (let at = this.#first; at < this.#messages.length; at++) {
      const call = this.#messages[at] as QueuedMessage;
      if (!isCall(call) || call.invocationId !== invocationId) continue;
      this.#cancelled ??= new Set();
      this.#cancelled.add(call);
      return true;
    }
    return false;
  }
}

/** Upload ids of a message. None for a call that names more than a method can have: it will be refused. */
function uploadsOf(message: QueuedMessage): readonly string[] {
  if (!isCall(message)) return [message.invocationId];
  return message.streamIds.length > MAXIMUM_UPLOADS ? NONE : message.streamIds;
}
