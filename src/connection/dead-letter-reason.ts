/**
 * Reasons for dead letters:
 * - `call-not-run`: the connection ended before the call ran.
 * - `late-result`: the method returned after its call had been answered.
 * - `unknown-id`: the record names a stream or a client invocation that does not exist.
 * - `unknown-connection`: the message is for a connection that does not exist.
 */
export type DeadLetterReason = 'call-not-run' | 'late-result' | 'unknown-id' | 'unknown-connection';
