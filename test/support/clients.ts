// Clients that end with their test.
import {
  HttpTransportType,
  type HubConnection,
  HubConnectionBuilder,
  type IHttpConnectionOptions,
  type IHubProtocol,
  LogLevel,
} from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { onTestFinished } from 'vitest';
import { Inbox } from './inbox.ts';
import { RawClient, type RawClientOptions } from './raw-client.ts';

export interface ClientOptions extends IHttpConnectionOptions {
  /** Delays of `withAutomaticReconnect`, in milliseconds. */
  readonly retryDelays?: number[];
  /** Default: JSON. */
  readonly protocol?: IHubProtocol;
}

/** The official client, not started. */
export function clientOf(url: string, { retryDelays, protocol, ...options }: ClientOptions = {}): HubConnection {
  const builder = new HubConnectionBuilder().withUrl(url, options).configureLogging(LogLevel.None);
  if (retryDelays !== undefined) builder.withAutomaticReconnect(retryDelays);
  if (protocol !== undefined) builder.withHubProtocol(protocol);
  const client = builder.build();
  onTestFinished(() => client.stop());
  return client;
}

/** The official client, started. */
export async function connect(url: string, options?: ClientOptions): Promise<HubConnection> {
  const client = clientOf(url, options);
  await client.start();
  return client;
}

/** Options for the official client's own MessagePack. */
export const inMessagePack = () => ({ protocol: new MessagePackHubProtocol() });

/** Short delays, and enough of them for a slow machine: the client gives up when they are used up. */
export const PATIENT = { retryDelays: Array<number>(200).fill(20) };

export const withoutNegotiation = { transport: HttpTransportType.WebSockets, skipNegotiation: true } as const;

/** Arguments of each call of the server to this method of the client. */
export function callsTo<A extends unknown[]>(client: HubConnection, method: string): Inbox<A> {
  const inbox = new Inbox<A>();
  client.on(method, (...args: unknown[]) => inbox.put(args as A));
  return inbox;
}

/** Resolves when the client has closed for good, with its error, if any. */
export function closed(client: HubConnection): Promise<Error | undefined> {
  return new Promise((resolve) => {
    client.onclose(resolve);
  });
}

/** A bare socket that speaks SignalR. Its handshake is done unless `handshake` is false. */
export async function openRaw(
  port: number,
  { handshake = true, ...options }: RawClientOptions & { readonly handshake?: boolean } = {},
): Promise<RawClient> {
  const client = await (handshake ? RawClient.open(port, options) : RawClient.upgrade(port, options));
  onTestFinished(() => void client.socket.destroy());
  return client;
}
