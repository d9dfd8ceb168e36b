/**
 * Why something did not reach anybody: calls of a connection that ended before they ran, a result after its call had been
 * answered, a record about a stream or a question that does not exist, a message to a connection that is not there.
 */
export type DeadLetterReason = 'call-not-run' | 'late-result' | 'unknown-id' | 'unknown-connection';
