import type { ClientResultWaiter } from '../../hub/client-result-waiter.ts';
import type { NamedMethod } from '../../hub/dispatcher.ts';
import type { HubScope } from '../../hub/hub-scope.ts';
import type { Stream } from './stream.ts';
import type { Upload } from './upload.ts';

const NO_UPLOADS: readonly Upload[] = [];

/** Callbacks of an Invocation: it waits for a client result, and it goes on. */
export interface InvocationOwner {
  suspend(call: Invocation): void;
  resume(call: Invocation): void;
}

/** A running call: its method has returned a promise, or it streams. */
export class Invocation implements ClientResultWaiter {
  readonly invocationId: string | undefined;
  readonly method: NamedMethod;
  readonly scope: HubScope;
  /** Time limit in milliseconds; 0: none. */
  readonly limitMs: number;
  /** Stream to the client. */
  stream: Stream | undefined;
  /** Streams from the client. */
  uploads = NO_UPLOADS;
  /** Its place among the client's parallel invocations. It is given up when the call waits for a client result. */
  slot: 'none' | 'held' | 'given up';
  /** Moment at which its time is over (`Alarms.now`); Infinity: never. */
  deadline = Number.POSITIVE_INFINITY;
  /** Milliseconds left of its time while it waits for a client result. */
  leftMs = 0;
  readonly #owner: InvocationOwner;

  constructor(
    owner: InvocationOwner,
    invocationId: string | undefined,
    method: NamedMethod,
    scope: HubScope,
    limitMs: number,
  ) {
    this.#owner = owner;
    this.invocationId = invocationId;
    this.method = method;
    this.scope = scope;
    this.limitMs = limitMs;
    this.slot = method.takesSlot ? 'held' : 'none';
  }

  suspend(): void {
    this.#owner.suspend(this);
  }
  resume(): void {
    this.#owner.resume(this);
  }
}
