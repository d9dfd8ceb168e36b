import { errorTexts } from './error-texts.ts';
import type { RecordLayout } from './record-layout.ts';

/** Highest version of negotiation. Version 1 separates the public connection id from the secret connection token. */
export const NEGOTIATE_VERSION = 1;

/** An integer as .NET reads it: with blanks around it, a sign, and leading zeros. */
const INTEGER = /^\s*[+-]?\d+\s*$/;

type TransferFormat = RecordLayout['transferFormat'];

/**
 * The transports, by their names in negotiation, with the formats that each can carry. In the order in which clients
 * try them.
 */
const TRANSPORTS = {
  WebSockets: ['Text', 'Binary'],
  ServerSentEvents: ['Text'],
  LongPolling: ['Text', 'Binary'],
} as const satisfies Record<string, readonly TransferFormat[]>;

export type TransportName = keyof typeof TRANSPORTS;
export const TRANSPORT_NAMES = Object.keys(TRANSPORTS) as readonly TransportName[];

/** A transport in the answer to a negotiation. */
export interface OfferedTransport {
  readonly transport: TransportName;
  readonly transferFormats: readonly string[];
}

/** Whether a transport can carry a format. */
export function canCarry(transport: TransportName, format: TransferFormat): boolean {
  return (TRANSPORTS[transport] as readonly TransferFormat[]).includes(format);
}

/** The offered transports, with all formats that they can carry, whatever protocols the hub has. */
export function offeredTransports(wanted: readonly TransportName[]): OfferedTransport[] {
  return TRANSPORT_NAMES.filter((transport) => wanted.includes(transport)).map((transport) => ({
    transport,
    transferFormats: TRANSPORTS[transport],
  }));
}

type NegotiateVersion = { readonly version: number } | { readonly error: string };

/**
 * The version for a negotiate request.
 *
 * @param values All values of its query key `negotiateVersion`; without any it is 0.
 */
export function negotiateVersion(values: readonly string[], least: number): NegotiateVersion {
  const text = values.length === 0 ? '0' : values.join(',');
  const wanted = INTEGER.test(text) ? Number(text) : Number.NaN;
  if (!(Math.abs(wanted) <= 0x7fffffff)) return { error: errorTexts.negotiateVersionNotInteger };
  if (wanted < least) return { error: errorTexts.negotiateVersionNotSupported(wanted) };
  return { version: Math.min(wanted, NEGOTIATE_VERSION) };
}

/** Whether a request asks for stateful reconnect. @param values All values of its query key `useStatefulReconnect`. */
export function asksForReconnect(values: readonly string[]): boolean {
  return values.join(',').trim().toLowerCase() === 'true';
}

/**
 * The body of a successful answer. The properties are in the order of ASP.NET Core SignalR.
 *
 * @param isStateful Stateful reconnect was asked for and is allowed. Clients that have not asked do not accept it.
 */
export function negotiateAnswer(
  version: number,
  connectionId: string,
  connectionToken: string,
  transports: readonly OfferedTransport[],
  isStateful = false,
  tokenLifetimeSeconds?: number,
): string {
  return JSON.stringify({
    ...(isStateful ? { useStatefulReconnect: true } : {}),
    negotiateVersion: version,
    connectionId,
    ...(version > 0 ? { connectionToken } : {}),
    availableTransports: transports,
    ...(tokenLifetimeSeconds === undefined ? {} : { tokenLifetimeSeconds }),
  });
}

/** The body that refuses a negotiation. Its status is 200 all the same: clients read `error` in the body. */
export function negotiateRefusal(error: string): string {
  return JSON.stringify({ error });
}
