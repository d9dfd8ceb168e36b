import { AbortSignals } from '../hub/abort-signals.ts';
import type { CallerConnection } from '../hub/caller-connection.ts';
import type { HubRequest, User } from '../hub/connection-info.ts';
import type { MountedHub } from '../hub/mounted-hub.ts';
import type { RateKind } from '../hub/rate-options.ts';
import type { AbortOptions } from '../hub/routing.ts';
import type { ConnectionRates } from '../limits/connection-rates.ts';
import type { RatesListener } from '../limits/rates-listener.ts';
import { closeReason } from '../protocol/close.ts';
import type { HubRuntime } from './hub-runtime.ts';
import type { Report } from './lifecycle-event.ts';

/** The connection as its hub sees it. The `hub` objects of calls, `onConnected` and `onDisconnected` are made of it. */
export class SessionCaller implements CallerConnection, RatesListener {
  readonly connectionId: string;
  /** Replaced when the client's authentication is refreshed. */
  user: User | null;
  readonly request: HubRequest;
  readonly hub: MountedHub;
  readonly rates: ConnectionRates | undefined;
  readonly abortSignals = new AbortSignals();
  mayClaim = true;
  items: Map<unknown, unknown> | undefined;
  /** State with the lifetime of the connection; undefined before `onConnected`, and with another lifetime. */
  state: unknown;
  readonly #report: Report;

  constructor(
    info: { readonly connectionId: string; readonly user: User | null; readonly request: HubRequest },
    { hub, rates }: Pick<HubRuntime, 'hub' | 'rates'>,
    report: Report,
  ) {
    this.connectionId = info.connectionId;
    this.user = info.user;
    this.request = info.request;
    this.hub = hub;
    this.rates = rates?.open(info.user?.id, this);
    this.#report = report;
  }

  refused(kind: RateKind): void {
    const { connectionId, hub } = this;
    // A refused call has a line of its own.
    if (kind === 'calls' || kind === 'bytes') return;
    hub.log.refused('message-over-rate')?.({ option: `rates.${kind}`, connectionId });
  }

  exhausted(): void {
    this.#report({ type: 'connection.ended', reason: closeReason('rate-limited') });
  }

  abort({ allowReconnect = false, reason: text }: AbortOptions = {}): void {
    const reason = closeReason('aborted', text === undefined ? { allowReconnect } : { allowReconnect, text });
    this.#report({ type: 'connection.ended', reason });
  }
}
