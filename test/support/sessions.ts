import type { Connection } from '../../src/connection/connection.ts';
import type { Session } from '../../src/connection/session.ts';
import type { AbortOptions } from '../../src/hub/routing.ts';
import { closeReason } from '../../src/protocol/close.ts';

/** The session of a connection whose handshake has been accepted. */
export function sessionOf({ session }: Connection): Session {
  if (session === undefined) throw new Error('There is no session before the handshake has been accepted.');
  return session;
}

/** Ends a connection as its hub does, in whatever phase it is. */
export function abort(connection: Connection, options?: AbortOptions): void {
  if (connection.session !== undefined) connection.session.abort(options);
  else connection.send({ type: 'connection.ended', reason: closeReason('aborted') });
}

/** Makes the machine of a connection crash in the middle of an action. Before the handshake nothing happens. */
export function crashAtPing(connection: Connection, error: Error): void {
  if (connection.session === undefined) return;
  connection.session.ping = () => {
    throw error;
  };
  connection.send({ type: 'keepAlive.due' });
}
