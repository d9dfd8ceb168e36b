/**
 * An error whose text is meant for the client. Everything else that a hub throws stays on the server (unless
 * `detailedErrors` is on). Clients see `HubException: <message>`, the name that SignalR's own clients know.
 */
export class HubError extends Error {
  override name = 'HubError';
}

/** The wire said something that is not SignalR. Ends the connection that said it, and nothing else. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
  /** For the log: the text, or another one that quotes nothing of the client. */
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

/** A message that an outbox did not take, or a call whose time was over. The text says which limit, and its setting. */
export class RefusedError extends Error {
  override name = 'RefusedError';
}

/** The connection that was asked, or whose upload was read, is not there or has ended. */
export class DisconnectedError extends Error {
  override name = 'DisconnectedError';
}

/** Arguments of a call that do not fit the method's schemas. */
export class ArgumentsError extends Error {
  override name = 'ArgumentsError';
  /** The argument that a schema has refused, from 1 on. The text is the schema's then, and may quote what the client sent. */
  readonly argument: number | undefined;

  constructor(text: string, argument?: number) {
    super(text);
    this.argument = argument;
  }
}

/** An option, or an argument, that cannot be used: found where it is given, and before anything is done with it. */
export class OptionsError extends Error {
  override name = 'OptionsError';
}

/** What was thrown, as an Error: JavaScript lets anything be thrown. */
export function asError(thrown: unknown): Error {
  return isA(Error, thrown)
    ? (thrown as Error)
    : new Error(`Something that is no Error was thrown: ${describe(() => thrown)}`);
}

/**
 * The one gate through which an error's own text reaches a client: a `HubError` always passes, anything else only with
 * `detailedErrors`. Returns the suffix ` Name: message`, or nothing.
 */
export function visibleDetail(error: unknown, detailedErrors: boolean): string {
  if (isA(HubError, error)) return ` HubException: ${textOf(error)}`;
  if (!detailedErrors) return '';
  const shown = asError(error);
  return ` ${describe(() => shown.name)}: ${describe(() => shown.message)}`;
}

/** What stands for the text of a `HubError` in the log: it is meant for a client, may quote one, or be what one has said. */
const FOR_THE_CLIENT = '(its text is for the client)';

/**
 * What was thrown, as data for a log line: plain texts, whatever its getters do. A `HubError` is an answer rather than a
 * fault, so where it was thrown is not worth its cost.
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
      : { message: describe(() => error.message), stack: describe(() => error.stack) }),
  };
}

/** Where an error was thrown: the lines of its stack behind its text. */
export function framesOf(thrown: unknown): string {
  const lines = describe(() => asError(thrown).stack).split('\n');
  return lines.filter((line) => /^ +at /.test(line)).join('\n');
}

/** An error's text. */
export function textOf(thrown: unknown): string {
  return describe(() => (thrown as Error).message);
}

/** Even asking may throw: a proxy can have been revoked. */
export function isA<E extends Error>(type: new (...args: never[]) => E, thrown: unknown): boolean {
  try {
    return thrown instanceof type;
  } catch {
    return false;
  }
}

/** Properties of what was thrown belong to whoever threw it: they may be anything, and throw themselves. */
function describe(read: () => unknown): string {
  try {
    return String(read());
  } catch {
    return '(cannot be shown)';
  }
}
