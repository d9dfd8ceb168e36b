import { ProtocolError } from '../errors.ts';
import type { MessagePackReader } from './messagepack-reader.ts';

/**
 * Reads a field that is a text or null. All functions here throw when the field is absent or has another type, with the
 * texts of ASP.NET Core SignalR.
 *
 * @throws {ProtocolError}
 */
export function textField(reader: MessagePackReader, name: string): string | null {
  const value = reader.scalar();
  if (typeof value === 'string' || value === null) return value;
  throw new ProtocolError(`Reading '${name}' as String failed.`);
}

/**
 * @param what The name of the field in the error for null or empty.
 * @throws {ProtocolError} also when the text is null or empty.
 */
export function requiredText(reader: MessagePackReader, name: string, what: string): string {
  const value = textField(reader, name);
  if (value === null || value === '') throw new ProtocolError(`Null or empty ${what}.`);
  return value;
}

/** @throws {ProtocolError} */
export function integerField(reader: MessagePackReader, name: string, type: 'Int32' | 'Int64'): number {
  const value = reader.scalar();
  const greatest = type === 'Int32' ? 0x7fffffff : Number.MAX_SAFE_INTEGER;
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= greatest) return value;
  throw new ProtocolError(`Reading '${name}' as ${type} failed.`);
}

/** @throws {ProtocolError} */
export function flagField(reader: MessagePackReader, name: string): boolean {
  const value = reader.scalar();
  if (typeof value === 'boolean') return value;
  throw new ProtocolError(`Reading '${name}' as Boolean failed.`);
}

/** @throws {ProtocolError} */
export function arrayField(reader: MessagePackReader, name: string): number {
  const length = reader.arrayLength();
  if (length === undefined) throw new ProtocolError(`Reading array length for '${name}' failed.`);
  return length;
}

/** Checks the headers like all other fields, without keeping them. @throws {ProtocolError} */
export function skipHeaders(reader: MessagePackReader): void {
  const length = reader.mapLength();
  if (length === undefined) throw new ProtocolError("Reading map length for 'headers' failed.");
  for (let n = 0; n < length; n++) {
    requiredText(reader, `headers[${n}].Key`, 'key in header');
    requiredText(reader, `headers[${n}].Value`, 'value in header');
  }
}
