import type { CallMessage } from '../../hub/dispatcher.ts';
import { MAXIMUM_UPLOADS } from '../../hub/method.ts';
import type { Backlog } from './backlogs.ts';
import { PendingUploadIds } from './pending-upload-ids.ts';
import { isCall, type QueuedMessage } from './queued-message.ts';
import { weightOf } from './weight.ts';

/** So many places at the front may be empty before what is behind them moves up. */
const MAXIMUM_EMPTY = 100;
const NONE: readonly string[] = [];

/** What stands in line in one mailbox, oldest first. */
export class MessageQueue {
  readonly #backlog: Backlog;
  #messages: QueuedMessage[] = [];
  /** The weight of each message; 0 for one that has just been put there. */
  #weights: number[] = [];
  #weight = 0;
  #first = 0;
  /** Made when the client cancels something that waits. */
  #cancelled: Set<CallMessage> | undefined;
  /** Made with the first upload. */
  #ids: PendingUploadIds | undefined;

  /** @param backlog Of its connection: what stands in line weighs there. */
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

  /** How many calls stand in it. */
  get calls(): number {
    return this.#messages.slice(this.#first).filter(isCall).length;
  }

  /** Whether something in it is about an upload. */
  get hasUploads(): boolean {
    return this.#ids?.isEmpty === false;
  }

  /** Whether something in it is about this upload: its call, or an item. */
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

  /** The newest has to wait: now it is weighed. */
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
      // Nearly always: the lists stay as they are, and the next message costs no memory.
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

  /** Drops everything: its weight counts no more. */
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

/** The uploads that a message is about. A call that names more than any method has will be refused: that many are not kept. */
function uploadsOf(message: QueuedMessage): readonly string[] {
  if (!isCall(message)) return [message.invocationId];
  return message.streamIds.length > MAXIMUM_UPLOADS ? NONE : message.streamIds;
}
