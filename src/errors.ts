import { withoutCredentials } from './without-credentials.ts';

/**
 * An error whose text is sent to the client. The text of any other error that a hub throws stays on the server (unless
 * `detailedErrors` is on). Clients get `HubException: <message>`, the name that official clients know.
 */
export class HubError extends Error {
  override name = 'HubError';
}

/** A violation of the protocol by a client. Ends the connection of that client, and no other. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
  /** Text for the log: the error's own, or another one that quotes nothing of the client. */
  readonly logged: string;

  /** @param logged Needed when the text quotes something that the client has chosen. */
  constructor(text: string, logged = text) {
    super(text);
    this.logged = logged;
  }
}

/** A value that no SignalR protocol can write: a function, a symbol, a BigInt, NaN, an infinity, a cycle. */
export class SerializationError extends Error {
  override name = 'SerializationError';
}

/**
 * A refusal by a limit: an outbox did not take a message, a call's time was over, or other nodes have not answered. The
 * text names the limit and its option.
 */
export class RefusedError extends Error {
  override name = 'RefusedError';
  /** Ids of the nodes that are alive and did not answer in time. Absent: no node was asked. */
  readonly missing?: readonly string[];
  /** The answer without theirs. */
  readonly partial?: unknown;

  constructor(
    text: string,
    more: ErrorOptions & { readonly missing?: readonly string[]; readonly partial?: unknown } = {},
  ) {
    super(text, more);
    if (more.missing === undefined) return;
    this.missing = more.missing;
    this.partial = more.partial;
  }
}

/** The connection that was invoked, or whose upload was read, does not exist or has ended. */
export class DisconnectedError extends Error {
  override name = 'DisconnectedError';
}

/** Arguments of a call that do not fit the method's schemas. */
export class ArgumentsError extends Error {
  override name = 'ArgumentsError';
  /**
   * Number of the argument that a schema has refused, from 1. The text is the schema's then, and may quote the client.
   */
  readonly argument: number | undefined;

  constructor(text: string, argument?: number) {
    super(text);
    this.argument = argument;
  }
}

/** An option, or an argument, that is not valid. Thrown where it is given, and before it is used. */
export class OptionsError extends Error {
  override name = 'OptionsError';
}

/** A credential of a request is wrong: the request is refused with 401. The text is for the log, never for the client. */
export class UnauthorizedError extends Error {
  override name = 'UnauthorizedError';
  /** Public id of the API key, for the log; undefined: it is not known, or the credential is something else. */
  readonly keyId: string | undefined;

  constructor(text: string, { keyId, ...options }: ErrorOptions & { readonly keyId?: string } = {}) {
    super(text, options);
    this.keyId = keyId;
  }
}

/** The thrown value as an Error: in JavaScript any value can be thrown. */
export function asError(thrown: unknown): Error {
  return isA(Error, thrown)
    ? (thrown as Error)
    : new Error(`Something that is no Error was thrown: ${describe(() => thrown)}`);
}

/**
 * Decides whether an error's own text reaches a client, for the whole server: that of a `HubError` always, that of any
 * other error only with `detailedErrors`. Returns the suffix ` Name: message`, or an empty text.
 */
export function visibleDetail(error: unknown, detailedErrors: boolean): string {
  if (isA(HubError, error)) return ` HubException: ${textOf(error)}`;
  if (!detailedErrors) return '';
  const shown = asError(error);
  return ` ${describe(() => shown.name)}: ${describe(() => shown.message)}`;
}

/** Replaces the text of a `HubError` in the log: it is for a client, may quote one, or come from one. */
const FOR_THE_CLIENT = '(its text is for the client)';

/**
 * The thrown value as data for a log line: plain texts, whatever its getters do, without credentials that can be
 * recognised. A `HubError` is an answer and not a fault, so its stack is left out.
 */
export function loggable(thrown: unknown): {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
} {
  const error = asError(thrown);
  return {
    name: describe(() => error.name),
    ...(isA(HubError, error)
      ? { message: FOR_THE_CLIENT }
      : { message: shown(() => error.message), stack: shown(() => error.stack) }),
  };
}

/** The frames of an error's stack, without its text. */
export function framesOf(thrown: unknown): string {
  const lines = describe(() => asError(thrown).stack).split('\n');
  return lines.filter((line) => /^ +at /.test(line)).join('\n');
}

/** The message of an error. */
export function textOf(thrown: unknown): string {
  return describe(() => (thrown as Error).message);
}

/** Whether a thrown value is an instance. Never throws: `instanceof` does for a revoked proxy. */
export function isA<E extends Error>(type: new (...args: never[]) => E, thrown: unknown): boolean {
  try {
    return thrown instanceof type;
  } catch {
    return false;
  }
}

function shown(read: () => unknown): string {
  return withoutCredentials(describe(read));
}

/** Reads a property of a thrown value as text. Its getter may return anything, or throw. */
function describe(read: () => unknown): string {
  try {
    return String(read());
  } catch {
    return '(cannot be shown)';
  }
}
