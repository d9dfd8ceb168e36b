import { HttpTransportType } from '@microsoft/signalr';
import type { ProtocolName, TransportName } from '../../src/index.ts';
import type { CloseReasonName } from '../../src/protocol/close.ts';
import { type ClientOptions, inMessagePack } from './clients.ts';

export const TRANSPORTS = ['WebSockets', 'ServerSentEvents', 'LongPolling'] as const satisfies readonly TransportName[];

/** A transport and a protocol. */
export type TransportProtocol = readonly [transport: TransportName, protocol: ProtocolName];

/** All combinations. Server-Sent Events carry text only. */
export const TRANSPORT_PROTOCOLS: readonly TransportProtocol[] = [
  ['WebSockets', 'json'],
  ['WebSockets', 'messagepack'],
  ['ServerSentEvents', 'json'],
  ['LongPolling', 'json'],
  ['LongPolling', 'messagepack'],
];

/** Options of `connect` for exactly this transport and protocol. */
export function by([transport, protocol]: TransportProtocol): ClientOptions {
  return { transport: HttpTransportType[transport], ...(protocol === 'json' ? {} : inMessagePack()) };
}

/**
 * Close reasons that the hub may see when an official client stops. Over Server-Sent Events the client sends its Close
 * record in a POST and aborts its stream at the same time, on separate sockets: the first to arrive decides.
 */
export function reasonsOfStopping(transport: TransportName): CloseReasonName[] {
  return transport === 'ServerSentEvents' ? ['client-closed', 'connection-lost'] : ['client-closed'];
}
