import type { Alarm, Alarms } from '../clock.ts';
import type { User } from '../hub/connection-info.ts';
import type { ConnectionPort } from '../transports/transport.ts';

/** Ends a connection when what its client has shown last is no longer good. */
export class Expiry {
  readonly #alarm: Alarm;

  constructor(connection: ConnectionPort, alarms: Alarms) {
    this.#alarm = alarms.punctual(() => connection.expired());
  }

  /** The client says again who it is. */
  renew(user: User | null): void {
    if (user?.expiresAt === undefined) this.#alarm.clear();
    else this.#alarm.set(user.expiresAt - Date.now());
  }

  dispose(): void {
    this.#alarm.clear();
  }
}
