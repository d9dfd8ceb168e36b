import type { Connection } from '../../src/connection/connection.ts';
import type { Session } from '../../src/connection/session.ts';
import { abort } from '../support/sessions.ts';
import type { Participant } from './participant.ts';

/** Actions during which the machine of a hub actor may crash. */
export const CRASHES = [
  'acceptHandshake',
  'connectHub',
  'startReading',
  'finishCalls',
  'ping',
  'close',
  'close, when it is done',
] as const;
type Crash = (typeof CRASHES)[number];

/** An action of its machine throws: the actor is lost, and must take nothing with it. */
export function crash({ peer }: Participant, where: Crash): void {
  const { connection } = peer;
  switch (where) {
    case 'acceptHandshake':
      failOnce(connection, 'acceptHandshake');
      return;
    case 'connectHub':
    case 'startReading':
      inSession(connection, (session) => failOnce(session, where));
      return;
    case 'finishCalls':
      inSession(connection, (session) => failOnce(session, 'finishCalls'));
      return;
    // These can be brought about; the others throw when it comes to them.
    case 'ping':
      inSession(connection, (session) => failOnce(session, 'ping'));
      connection.send({ type: 'keepAlive.due' });
      if (connection.session !== undefined) Reflect.deleteProperty(connection.session, 'ping');
      return;
    case 'close':
    case 'close, when it is done':
      failOnce(connection, 'close', where !== 'close');
      abort(connection);
      Reflect.deleteProperty(connection, 'close');
  }
}

/** @param isDone Whether it does what it should before it throws. */
function failOnce<T extends object>(owner: T, method: keyof T & string, isDone = false): void {
  Object.assign(owner, {
    [method](...args: unknown[]) {
      Reflect.deleteProperty(owner, method);
      if (isDone) (owner[method] as (...args: unknown[]) => unknown)(...args);
      throw new Error('SECRET: crashed on command');
    },
  });
}

/** Now, or as soon as there is a session. */
function inSession(connection: Connection, run: (session: Session) => void): void {
  if (connection.session !== undefined) {
    run(connection.session);
    return;
  }
  Object.assign(connection, {
    acceptHandshake() {
      Reflect.deleteProperty(connection, 'acceptHandshake');
      connection.acceptHandshake();
      if (connection.session !== undefined) run(connection.session);
    },
  });
}
