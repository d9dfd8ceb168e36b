import type { Codec } from './codec.ts';
import { errorTexts } from './error-texts.ts';

/** The newest version of negotiation: 1 tells the public connection id from the secret connection token. */
export const NEGOTIATE_VERSION = 1;

/** A 32-bit integer as .NET reads one: blanks around it, a sign and leading zeros are fine. */
const INTEGER = /^\s*[+-]?\d+\s*$/;

type TransferFormat = Codec['transferFormat'];

/**
 * The ways in which bytes travel, by the names that negotiation has for them, with what each can carry. In the order in
 * which clients try them.
 */
const TRANSPORTS = {
  WebSockets: ['Text', 'Binary'],
  ServerSentEvents: ['Text'],
  LongPolling: ['Text', 'Binary'],
} as const satisfies Record<string, readonly TransferFormat[]>;

export type TransportName = keyof typeof TRANSPORTS;
export const TRANSPORT_NAMES = Object.keys(TRANSPORTS) as readonly TransportName[];

export interface OfferedTransport {
  readonly transport: TransportName;
  readonly transferFormats: readonly string[];
}

/** Whether what a codec writes can travel in this way. */
export function canCarry(transport: TransportName, format: TransferFormat): boolean {
  return (TRANSPORTS[transport] as readonly TransferFormat[]).includes(format);
}

/** What a client is offered: the transports that are wanted, with all that they can carry, whatever the hub speaks. */
export function offeredTransports(wanted: readonly TransportName[]): OfferedTransport[] {
  return TRANSPORT_NAMES.filter((transport) => wanted.includes(transport)).map((transport) => ({
    transport,
    transferFormats: TRANSPORTS[transport],
  }));
}

export type NegotiateVersion = { readonly version: number } | { readonly error: string };

/** The version that a negotiate request gets. `values`: all values of its query key `negotiateVersion`; none ask for 0. */
export function negotiateVersion(values: readonly string[], least: number): NegotiateVersion {
  const text = values.length === 0 ? '0' : values.join(',');
  const wanted = INTEGER.test(text) ? Number(text) : Number.NaN;
  if (!(Math.abs(wanted) <= 0x7fffffff)) return { error: errorTexts.negotiateVersionNotInteger };
  if (wanted < least) return { error: errorTexts.negotiateVersionNotSupported(wanted) };
  return { version: Math.min(wanted, NEGOTIATE_VERSION) };
}

/** Whether a negotiate request asks for stateful reconnect. `values`: all values of its query key `useStatefulReconnect`. */
export function asksForReconnect(values: readonly string[]): boolean {
  return values.join(',').trim().toLowerCase() === 'true';
}

/**
 * The body of a successful answer. `isStateful`: stateful reconnect was asked for and is allowed; clients that have not
 * asked refuse to hear of it.
 * The properties are in the order of the original.
 */
export function negotiateAnswer(
  version: number,
  connectionId: string,
  connectionToken: string,
  transports: readonly OfferedTransport[],
  isStateful = false,
): string {
  return JSON.stringify({
    ...(isStateful ? { useStatefulReconnect: true } : {}),
    negotiateVersion: version,
    connectionId,
    ...(version > 0 ? { connectionToken } : {}),
    availableTransports: transports,
  });
}

/** The body that refuses a negotiation. Its status is 200 all the same: clients look for `error` in the body. */
export function negotiateRefusal(error: string): string {
  return JSON.stringify({ error });
}
