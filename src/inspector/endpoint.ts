import type { Supervisor } from '../actors/supervisor.ts';
import type { Alarms } from '../clock.ts';
import { AccessGuard, type AccessRequest } from '../http/access-guard.ts';
import { TOKEN } from '../http/access-token.ts';
import type { PlainResponse } from '../http/plain-response.ts';
import type { LimitedLog } from '../log-limit.ts';
import { Feed } from '../transports/feed.ts';
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
  const guard = new AccessGuard({
    name: 'inspector',
    verb: 'attach',
    kind: 'inspector-refused',
    ...(token === undefined ? {} : { token }),
  });
  let isClosed = false;

  const full = (): PlainResponse | undefined => (isClosed || inspector.clients >= maximumClients ? FULL : undefined);
  const refusal = (request: AccessRequest): PlainResponse | undefined => guard.refusal(request) ?? full();

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
