import { HttpTransportType } from '@microsoft/signalr';
import type { ProtocolName, TransportName } from '../../src/index.ts';
import type { CloseReasonName } from '../../src/protocol/close.ts';
import { type ClientOptions, inMessagePack } from './clients.ts';

export const TRANSPORTS = ['WebSockets', 'ServerSentEvents', 'LongPolling'] as const satisfies readonly TransportName[];

/** How a message travels. */
export type Way = readonly [transport: TransportName, protocol: ProtocolName];

/** All there are: Server-Sent Events are text. */
export const WAYS: readonly Way[] = [
  ['WebSockets', 'json'],
  ['WebSockets', 'messagepack'],
  ['ServerSentEvents', 'json'],
  ['LongPolling', 'json'],
  ['LongPolling', 'messagepack'],
];

/** For `connect`: this way, and no other. */
export function by([transport, protocol]: Way): ClientOptions {
  return { transport: HttpTransportType[transport], ...(protocol === 'json' ? {} : inMessagePack()) };
}

/**
 * What the hub hears of an official client that stops, as one of these. Over Server-Sent Events its farewell, a POST, and its
 * hanging up are on their way at once, each on a socket of its own: whichever comes first is the reason.
 */
export function reasonsOfStopping(transport: TransportName): CloseReasonName[] {
  return transport === 'ServerSentEvents' ? ['client-closed', 'connection-lost'] : ['client-closed'];
}
