// The list of connection events that the hubs recorded, which the vectors ask for.
import { HubError, RefusedError } from '../../src/index.ts';

export class Events {
  readonly lines: string[] = [];

  /** @param event May contain details: `disconnected Type: message`. */
  add(hub: string, connectionId: string, event: string): void {
    this.lines.push(`${hub} ${connectionId} ${event}`);
  }

  disconnected(hub: string, connectionId: string, error: Error | undefined): void {
    this.add(hub, connectionId, error === undefined ? 'disconnected' : `disconnected ${errorText(error)}`);
  }
}

/** An error as `Type: message`, with the type name that ASP.NET Core SignalR uses in the vectors. */
export function errorText(error: unknown): string {
  const { name, message } = error as Error;
  if (error instanceof HubError) return `HubException: ${message}`;
  return `${error instanceof RefusedError ? 'InvalidOperationException' : name}: ${message}`;
}

/** An error of a type that the vectors know by name. */
export function errorOf(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
