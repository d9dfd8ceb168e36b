import type { CallMessage, NamedMethod, RefusedCall } from '../../hub/dispatcher.ts';
import type { Invocation } from './invocation.ts';
import type { StreamSink } from './stream.ts';

/** Receiver of the outcomes of calls. A call without an id gets no reply. */
export interface ReplySink extends StreamSink {
  answer(invocationId: string | undefined, method: NamedMethod, result: unknown): void;
  fail(invocationId: string | undefined, method: NamedMethod, error: unknown): void;
  /** Refuses a call before its method runs: the caller gets an error, and the ids of its uploads end. */
  refuse(call: CallMessage, refused: RefusedCall): void;
  /** Answers a call that has taken too long with an error. */
  timeOut(call: Invocation): void;
}
