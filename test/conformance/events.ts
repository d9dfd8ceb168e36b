// The list of what the hubs saw of their connections, which the vectors ask for.
import { HubError, RefusedError } from '../../src/index.ts';

export class Events {
  readonly lines: string[] = [];

  /** `event` may go on: `disconnected Type: message`. */
  add(hub: string, connectionId: string, event: string): void {
    this.lines.push(`${hub} ${connectionId} ${event}`);
  }

  disconnected(hub: string, connectionId: string, error: Error | undefined): void {
    this.add(hub, connectionId, error === undefined ? 'disconnected' : `disconnected ${told(error)}`);
  }
}

/** `Type: message`. The vectors know these errors under the original's names. */
export function told(error: unknown): string {
  const { name, message } = error as Error;
  if (error instanceof HubError) return `HubException: ${message}`;
  return `${error instanceof RefusedError ? 'InvalidOperationException' : name}: ${message}`;
}

/** An error of a type that the vectors know by name. */
export function errorOf(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
