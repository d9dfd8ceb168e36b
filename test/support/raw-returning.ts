import { RawClient } from './raw-client.ts';
import { negotiate } from './raw-negotiation.ts';

/** A client with stateful reconnect, by hand. Its handshake is done, and it acknowledges nothing. */
export interface RawReturning {
  readonly client: RawClient;
  /** The path for its return. */
  readonly path: string;
}

/** @param from The client's own address. */
export async function openRawReturning(port: number, from = '127.0.0.1'): Promise<RawReturning> {
  const { connectionToken } = await negotiate(port, '/hub', {}, 'useStatefulReconnect=true', from);
  const path = `/hub?id=${connectionToken}`;
  const client = await RawClient.upgrade(port, { path, from });
  client.text('{"protocol":"json","version":2}\x1e');
  await client.records.until(1);
  return { client, path };
}
