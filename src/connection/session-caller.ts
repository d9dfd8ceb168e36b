import { AbortSignals } from '../hub/abort-signals.ts';
import type { CallerConnection } from '../hub/caller-connection.ts';
import type { HubRequest, User } from '../hub/connection-info.ts';
import type { MountedHub } from '../hub/mounted-hub.ts';
import type { AbortOptions } from '../hub/routing.ts';
import { closeReason } from '../protocol/close.ts';
import type { Report } from './lifecycle-event.ts';

/** The connection as its hub sees it. The `hub` objects of calls, `onConnected` and `onDisconnected` are made of it. */
export class SessionCaller implements CallerConnection {
  readonly connectionId: string;
  /** Replaced when the client's authentication is refreshed. */
  user: User | null;
  readonly request: HubRequest;
  readonly hub: MountedHub;
  readonly abortSignals = new AbortSignals();
  items: Map<unknown, unknown> | undefined;
  /** State with the lifetime of the connection; undefined before `onConnected`, and with another lifetime. */
  state: unknown;
  readonly #report: Report;

  constructor(connectionId: string, user: User | null, request: HubRequest, hub: MountedHub, report: Report) {
    this.connectionId = connectionId;
    this.user = user;
    this.request = request;
    this.hub = hub;
    this.#report = report;
  }

  abort({ allowReconnect = false, reason: text }: AbortOptions = {}): void {
    const reason = closeReason('aborted', text === undefined ? { allowReconnect } : { allowReconnect, text });
    this.#report({ type: 'connection.ended', reason });
  }
}
