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
}

/** A value that no SignalR protocol can write: a function, a symbol, a BigInt, NaN, an infinity, a cycle. */
export class SerializationError extends Error {
  override name = 'SerializationError';
}

/** A message that an outbox did not take, or a call whose time was over. The text says which limit, and its setting. */
export class RefusedError extends Error {
  override name = 'RefusedError';
}

/** Arguments of a call that do not fit the method's schemas. */
export class ArgumentsError extends Error {
  override name = 'ArgumentsError';
}

/** An option that cannot be used, found while the server is made. */
export class OptionsError extends Error {
  override name = 'OptionsError';
}

/** What was thrown, as an Error: JavaScript lets anything be thrown. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(`Something that is no Error was thrown: ${describe(thrown)}`);
}

/**
 * The one gate through which an error's own text reaches a client: a `HubError` always passes, anything else only with
 * `detailedErrors`. Returns the suffix ` Name: message`, or nothing.
 */
export function visibleDetail(error: unknown, detailedErrors: boolean): string {
  if (error instanceof HubError) return ` HubException: ${error.message}`;
  if (!detailedErrors) return '';
  const shown = asError(error);
  return ` ${textOf(shown.name)}: ${textOf(shown.message)}`;
}

function describe(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return typeof thrown;
  }
}

/** `name` and `message` belong to whoever threw: they may be anything. */
function textOf(property: unknown): string {
  return typeof property === 'string' ? property : describe(property);
}
