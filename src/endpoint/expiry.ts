import type { Alarm, Alarms } from '../clock.ts';
import type { User } from '../hub/connection-info.ts';
import type { ConnectionPort } from '../transports/transport.ts';

/** Tells a connection when the client's latest credential has expired. */
export class Expiry {
  readonly #alarm: Alarm;

  constructor(connection: ConnectionPort, alarms: Alarms) {
    this.#alarm = alarms.punctual(() => connection.expired());
  }

  /** Takes the user of a later request: its credential replaces the one before. */
  renew(user: User | null): void {
    if (user?.expiresAt === undefined) this.#alarm.clear();
    else this.#alarm.set(user.expiresAt - Date.now());
  }

  dispose(): void {
    this.#alarm.clear();
  }
}
