import type { ClientResultWaiter } from '../../hub/client-result-waiter.ts';
import type { NamedMethod } from '../../hub/dispatcher.ts';
import type { HubScope } from '../../hub/hub-scope.ts';
import type { Stream } from './stream.ts';
import type { Upload } from './upload.ts';

const NO_UPLOADS: readonly Upload[] = [];

/** Who is told that a call waits for a client's answer, and that it goes on. */
export interface InvocationOwner {
  suspend(call: Invocation): void;
  resume(call: Invocation): void;
}

/** A call whose method has returned a promise, or streams. */
export class Invocation implements ClientResultWaiter {
  readonly invocationId: string | undefined;
  readonly method: NamedMethod;
  readonly scope: HubScope;
  /** How long it may take, in milliseconds; 0: as long as it likes. */
  readonly limitMs: number;
  /** Its stream to the client. */
  stream: Stream | undefined;
  /** Its streams from the client. */
  uploads = NO_UPLOADS;
  /** Whether it counts as one of the client's parallel invocations, and whether it has ceased to, as it waits for a client. */
  slot: 'none' | 'held' | 'given up';
  /** The moment at which it has to be done; Infinity: whenever. */
  deadline = Number.POSITIVE_INFINITY;
  /** What is left of its time while it waits for a client. */
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
