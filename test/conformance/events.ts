// The list of what the hubs saw of their connections, which the vectors ask for.
import { HubError } from '../../src/index.ts';

export class Events {
  readonly lines: string[] = [];

  /** `event` may go on: `disconnected Type: message`. */
  add(hub: string, connectionId: string, event: string): void {
    this.lines.push(`${hub} ${connectionId} ${event}`);
  }

  disconnected(hub: string, connectionId: string, error: Error | undefined): void {
    this.add(
      hub,
      connectionId,
      error === undefined ? 'disconnected' : `disconnected ${typeName(error)}: ${error.message}`,
    );
  }
}

/** The vectors know the error meant for clients under the original's name. */
function typeName(error: Error): string {
  return error instanceof HubError ? 'HubException' : error.name;
}

/** An error of a type that the vectors know by name. */
export function errorOf(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
