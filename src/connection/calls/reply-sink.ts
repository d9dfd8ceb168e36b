import type { CallMessage, NamedMethod, RefusedCall } from '../../hub/dispatcher.ts';
import type { Invocation } from './invocation.ts';
import type { StreamSink } from './stream.ts';

/** Where the outcomes of calls go. A call without an id gets no reply. */
export interface ReplySink extends StreamSink {
  answer(invocationId: string | undefined, method: NamedMethod, result: unknown): void;
  fail(invocationId: string | undefined, method: NamedMethod, error: unknown): void;
  /** Refuses a call before its method runs: its caller is told, and what it wanted to stream is over. */
  refuse(call: CallMessage, refused: RefusedCall): void;
  /** Answers a call that has taken too long with an error. */
  timeOut(call: Invocation): void;
}
