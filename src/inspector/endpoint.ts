import type { Supervisor } from '../actors/supervisor.ts';
import type { Alarms } from '../clock.ts';
import type { PlainResponse } from '../http/plain-response.ts';
import type { LimitedLog } from '../log-limit.ts';
import { Feed, type FeedRequest } from '../transports/feed.ts';
import { type RefusalReason, refusalReason, TOKEN } from './access.ts';
import { HIGH_WATER_BYTES } from './client.ts';
import { Inspector } from './inspector.ts';
import { Watch } from './watch.ts';

const MAXIMUM_CLIENTS = 8;

export interface InspectorOptions {
  readonly supervisor: Supervisor;
  readonly alarms: Alarms;
  readonly log: LimitedLog;
  /** Allows to attach from anywhere. Without a token only this machine may attach, and no page but the server's own. */
  readonly token?: string;
  /** Number of inspectors that may be attached at once. Default: 8. */
  readonly maximumClients?: number;
}

/** Inspector of a server, for upgrade requests to `/inspect`. */
export interface InspectorEndpoint {
  readonly upgrade: Feed['upgrade'];
  /** Number of attached inspectors. */
  readonly clients: number;
  /** Number of inspectors that have been dropped because they did not keep up. */
  readonly dropped: number;
  /** Detaches all inspectors and accepts no more. */
  close(): void;
}

/**
 * Creates the inspector of a server.
 *
 * @throws {OptionsError} for a token that is too short or does not fit into a header.
 */
export function createInspector(options: InspectorOptions): InspectorEndpoint {
  const { supervisor, alarms, log, token, maximumClients = MAXIMUM_CLIENTS } = options;
  if (token !== undefined) TOKEN.read(token, { call: 'createInspector', name: 'token' });
  const inspector = new Inspector(supervisor, alarms, log);
  let isClosed = false;

  const refusal = (request: FeedRequest): PlainResponse | undefined => {
    const reason = refusalReason(request, token);
    if (reason !== undefined) return REFUSALS[reason];
    return isClosed || inspector.clients >= maximumClients ? FULL : undefined;
  };

  const feed = new Feed({
    alarms,
    log,
    highWaterBytes: HIGH_WATER_BYTES,
    refusal,
    opened: (request, transport) => {
      const watch = Watch.of(request.query);
      log.info({ remoteAddress: request.remoteAddress, watched: watch.size }, 'an inspector has attached');
      inspector.attach(transport, watch);
    },
  });

  return {
    upgrade: (request, socket, head) => feed.upgrade(request, socket, head),
    get clients() {
      return inspector.clients;
    },
    get dropped() {
      return inspector.dropped;
    },
    close: () => {
      isClosed = true;
      inspector.close();
    },
  };
}

const FULL: PlainResponse = {
  status: 503,
  type: 'text/plain',
  body: 'As many inspectors are attached as may be.',
  headers: { 'Retry-After': '5' },
  kind: 'inspector-refused',
  reason: 'full',
};

const REFUSALS: Record<RefusalReason, PlainResponse> = {
  'token-missing': unauthorized(
    'token-missing',
    'The inspector needs its token: ?token=TOKEN, or Authorization: Bearer TOKEN.',
  ),
  'token-wrong': unauthorized('token-wrong', 'This is not the token of the inspector.'),
  'foreign-peer': forbidden('foreign-peer', 'it does not come from this machine'),
  forwarded: forbidden('forwarded', 'a proxy has forwarded it'),
  'foreign-host': forbidden('foreign-host', 'its Host is no loopback address'),
  'foreign-origin': forbidden('foreign-origin', 'it comes from a page of another origin'),
};

function unauthorized(reason: RefusalReason, body: string): PlainResponse {
  const headers = { 'WWW-Authenticate': 'Bearer' };
  return { status: 401, type: 'text/plain', body, headers, kind: 'inspector-refused', reason };
}

function forbidden(reason: RefusalReason, why: string): PlainResponse {
  const body = `Refused, since ${why}. Without a token only programs and pages of this very machine and server may attach.`;
  return { status: 403, type: 'text/plain', body, kind: 'inspector-refused', reason };
}
