import type { ArgumentsError } from '../../errors.ts';
import type { CallMessage, RefusedCall } from '../../hub/dispatcher.ts';
import { printableStart } from '../../printable.ts';

/** Characters that are logged of a method name that does not exist. */
const LONGEST_NAME = 100;

/** Log fields of a call that was refused before its method ran: names and numbers, never a value. */
export function aboutRefusedCall(call: CallMessage, refused: RefusedCall, connectionId: string): object {
  const { error, kind, method } = refused;
  return {
    method: method?.name ?? printableStart(call.target, LONGEST_NAME),
    connectionId,
    ...(kind === 'wrong-uploads' ? { sent: call.streamIds.length, expected: method?.uploads.length } : {}),
    ...(error === undefined ? {} : { reason: reasonOf(error, call) }),
  };
}

/** Text for the log. The message of a schema may quote values, so only the client may get it, with `detailedErrors`. */
function reasonOf({ argument, message }: ArgumentsError, call: CallMessage): string {
  if (argument === undefined) return message;
  return `Argument ${argument}, of type ${typeOf(call.arguments[argument - 1])}, does not fit its schema.`;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
