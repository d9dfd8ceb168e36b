import { ProtocolError } from '../errors.ts';

/** The properties of the hub protocol. The type of each is checked in every message, as in ASP.NET Core SignalR. */
export interface JsonEnvelope {
  readonly type: number;
  readonly invocationId: string | undefined;
  readonly target: string | undefined;
  readonly arguments: readonly unknown[] | undefined;
  readonly streamIds: readonly string[];
  readonly item?: unknown;
  readonly result?: unknown;
  readonly error: string | undefined;
  readonly allowReconnect: boolean;
  readonly sequenceId: number | undefined;
}

/**
 * @throws {ProtocolError} when the value is no object, has no `type`, or a known property has the wrong type. Unknown
 * properties are skipped.
 */
export function checkJsonEnvelope(value: unknown): JsonEnvelope {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError(`Unexpected JSON Token Type '${nameOfType(value)}'. Expected a JSON Object.`);
  }
  const known = value as Record<string, unknown>;
  checkHeaders(known.headers);
  const envelope: JsonEnvelope & { item?: unknown; result?: unknown } = {
    type: required('type', integer('type', known.type)),
    invocationId: text('invocationId', known.invocationId),
    target: text('target', known.target),
    arguments: list('arguments', known.arguments),
    streamIds: texts('streamIds', known.streamIds),
    error: text('error', known.error),
    allowReconnect: flag('allowReconnect', known.allowReconnect) ?? false,
    sequenceId: integer('sequenceId', known.sequenceId),
  };
  // Most records have neither, and a spread would cost more than everything above.
  if ('item' in known) envelope.item = known.item;
  if ('result' in known) envelope.result = known.result;
  return envelope;
}

/** @throws {ProtocolError} when a property that this type of message needs is absent. */
export function required<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw new ProtocolError(`Missing required property '${name}'.`);
  return value;
}

function integer(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw wrongType(name, 'Number');
  if (!Number.isSafeInteger(value)) throw wrongType(name, 'Int32');
  return value;
}

function text(name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw wrongType(name, 'String');
}

function flag(name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrongType(name, 'Boolean');
}

function list(name: string, value: unknown): readonly unknown[] | undefined {
  if (value === undefined || Array.isArray(value)) return value;
  throw wrongType(name, 'Array');
}

const NONE: readonly string[] = [];

function texts(name: string, value: unknown): readonly string[] {
  const items = list(name, value);
  if (items === undefined) return NONE;
  return items.map((item) => {
    if (typeof item !== 'string') throw wrongType(`${name}[]`, 'String');
    return item;
  });
}

function checkHeaders(headers: unknown): void {
  if (headers === undefined) return;
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    throw wrongType('headers', 'StartObject');
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') {
      throw new ProtocolError(`Expected header '${name}' to be of type String.`, 'A header is no text.');
    }
  }
}

function wrongType(name: string, expected: string): ProtocolError {
  return new ProtocolError(`Expected '${name}' to be of type ${expected}.`);
}

function nameOfType(value: unknown): string {
  if (value === null) return 'Null';
  if (Array.isArray(value)) return 'Array';
  const name = typeof value;
  return name.charAt(0).toUpperCase() + name.slice(1);
}
