import { LongPoll } from './actors/long-poll.ts';
import { Outbox } from './actors/outbox.ts';
import type { Supervisor } from './actors/supervisor.ts';
import type { Backplane } from './backplane/backplane.ts';
import type { Cluster } from './backplane/cluster.ts';
import { OnlyHistories } from './backplane/history/only-histories.ts';
import { HubAddresses } from './backplane/hub-addresses.ts';
import { MemoryLogs } from './backplane/memory/memory-logs.ts';
import type { NodePresence } from './backplane/presence/node-presence.ts';
import type { Alarms } from './clock.ts';
import type { HubRuntime } from './connection/hub-runtime.ts';
import type { ServerServices } from './connection/server-services.ts';
import { Endpoint } from './endpoint/endpoint.ts';
import { loggable } from './errors.ts';
import { normalisePath } from './http/request-info.ts';
import type { User } from './hub/connection-info.ts';
import { HistoryPatterns } from './hub/history-options.ts';
import { MountedHub } from './hub/mounted-hub.ts';
import type { OutboxName } from './hub/outbox-options.ts';
import { newConnectionId, tagOfBoot } from './ids.ts';
import { HubRates } from './limits/hub-rates.ts';
import { logWith } from './log.ts';
import type { LimitedLog, LogLimit } from './log-limit.ts';
import { mountCluster } from './mount-cluster.ts';
import { mountPresence } from './mount-presence.ts';
import type { ResolvedHub, ResolvedOptions } from './options.ts';
import type { Codec } from './protocol/codec.ts';
import { CODECS } from './protocol/codecs.ts';
import { offeredTransports } from './protocol/negotiate.ts';
import { plainCodec } from './protocol/plain.ts';
import { isReservedType } from './protocol/plain-envelope.ts';
import { ClientResults } from './routing/client-results.ts';
import { Connections } from './routing/connections.ts';
import { Delivery } from './routing/delivery.ts';
import { HeldPlaces } from './routing/held-places.ts';
import { Ledger } from './routing/ledger.ts';
import { LocalConnections } from './routing/local-connections.ts';
import { Memberships } from './routing/memberships.ts';
import { Moderation } from './routing/moderation.ts';
import { ModerationDeadlines } from './routing/moderation-deadlines.ts';
import { OnlyNode } from './routing/only-node.ts';
import type { OtherNodes } from './routing/other-nodes.ts';
import { RateLimit } from './routing/rate-limit.ts';
import { Router } from './routing/router.ts';
import { describedConnection } from './server-connection.ts';
import type { NewConnection } from './transports/new-connection.ts';
import type { ConnectionPort, Transport } from './transports/transport.ts';

/** Parts that tests replace. */
export interface Seams {
  /** Runs a function in the next turn of the event loop. Default: `setImmediate`. */
  readonly nextTurn?: (run: () => void) => void;
  /** Codecs of connections without a handshake, beside those that a handshake may name. Default: none. */
  readonly codecs?: readonly Codec[];
  /** Default: those that the backplane reaches. */
  readonly otherNodes?: OtherNodes;
  /** Instead of that of the options. */
  readonly backplane?: Backplane;
}

/** One hub of a server, with all its parts. */
export interface MountedRuntime extends HubRuntime {
  readonly router: Router;
  readonly presence: NodePresence;
  readonly broadcast: Outbox;
  readonly whisper: Outbox;
  readonly endpoint: Endpoint;
  /** The codec of plain clients; undefined: the hub has none. */
  readonly plain: Codec | undefined;
}

/** Parts of the server that a hub is mounted on. */
export interface MountTarget {
  readonly services: ServerServices;
  readonly supervisor: Supervisor;
  readonly logLimit: LogLimit;
  /** Id of this start of the server. */
  readonly bootId: string;
  /** undefined: there are no other nodes. */
  readonly cluster: Cluster | undefined;
  isAccepting(): boolean;
  isRevoked(user: User): boolean;
  open(runtime: HubRuntime, origin: NewConnection, transport: Transport): ConnectionPort;
}

/** Builds the parts of one hub and connects them. */
export function mountHub(
  resolved: ResolvedHub,
  server: ResolvedOptions,
  seams: Seams,
  target: MountTarget,
): MountedRuntime {
  const { path, record, options, filters } = resolved;
  const { services } = target;
  const authorLog = logWith(server.log, { hub: path });
  const log = target.logLimit.over(authorLog);
  const hubKey = normalisePath(path);
  const addresses = target.cluster && new HubAddresses(hubKey, target.cluster);
  const connections = new Connections(addresses);
  const memberships = new Memberships(options, addresses);
  const clientResults = new ClientResults(services.alarms);
  const broadcast = mountOutbox('broadcast', resolved, log, target);
  const whisper = mountOutbox('whisper', resolved, log, target);
  const unknown = (id: string): void => services.deadLetter('unknown-connection', 1, id);
  const codecs = CODECS.filter(({ name }) => options.protocols.includes(name));
  const { alarms } = services;
  const wallNow = (): number => alarms.wallNow();
  const plain = options.plain
    ? plainCodec({
        wallNow,
        isStream: (name) => hub.dispatcher.find(name)?.kind === 'stream',
        isListenOnly: Object.keys(record.methods).length === 0,
      })
    : undefined;
  const everyCodec = [...codecs, ...(plain === undefined ? [] : [plain]), ...(seams.codecs ?? [])];
  const delivery = new Delivery(connections, memberships, unknown);
  const thisNode = new LocalConnections(connections, memberships, delivery, clientResults, ({ connectionId }) =>
    describedConnection(target.supervisor, server.cluster.nodeId, connectionId),
  );
  const { cluster } = target;
  const history = record.history && new HistoryPatterns(record.history);
  const mounted =
    cluster &&
    mountCluster(
      {
        ...{ hub: hubKey, cluster, bootId: target.bootId, onOutage: server.cluster.onOutage, codecs: everyCodec },
        ...{ outboxes: options.outboxes, alarms, log, onGap: record.onGap, unknown, history },
      },
      thisNode,
    );
  if (addresses !== undefined) addresses.keptGroups = mounted?.histories;
  const otherNodes = seams.otherNodes ?? mounted?.otherNodes ?? new OnlyNode(unknown);
  const histories = mounted?.histories ?? onlyHistories(history, everyCodec, alarms, thisNode);
  const router = new Router({
    codecs: everyCodec,
    connections,
    thisNode,
    delivery,
    otherNodes,
    histories,
    clientResults,
    flusher: services.flusher,
    broadcast,
    whisper,
    wallNow,
    isReserved: options.plain ? isReservedType : undefined,
    unsent: (error, { connectionId }) => {
      if (log.isLevelEnabled('debug')) log.debug({ error: loggable(error), connectionId }, 'not sent');
    },
  });
  const presence = mountPresence({
    ...{ hub: hubKey, path, options: server.cluster, bootId: target.bootId, cluster, alarms, clock: server.clock, log },
    backplane: seams.backplane ?? server.cluster.backplane,
    supervisor: target.supervisor,
    onPresence: record.onPresence && ((change) => record.onPresence?.(change, hub.context)),
  });
  const hub = new MountedHub({ path, record, options, filters, codecs, routing: router, presence, log, authorLog });
  const rates = options.rates && new HubRates(options.rates, alarms, hubKey, cluster);
  const whenReached = (userId: string | undefined) => otherNodes.whenReached(userId);
  const runtime = {
    ...{ hub, connections, memberships, clientResults, whenReached },
    ...{ endedLanes: new Ledger(), rates, services },
  };
  const endpoint = new Endpoint({
    authorize: record.authorize ?? 'anonymous',
    options,
    authenticate: server.authenticate,
    isRevoked: (user) => target.isRevoked(user),
    origins: server.origins,
    offered: offeredTransports(options.transports),
    alarms: services.alarms,
    log,
    startLongPollActor: (implementations) => new LongPoll(target.supervisor, implementations),
    plain,
    newConnectionId: () => newConnectionId(tagOfBoot(target.bootId)),
    isAccepting: () => target.isAccepting(),
    opened: (origin, transport) => target.open(runtime, origin, transport),
  });
  return { ...runtime, router, presence, broadcast, whisper, endpoint, plain };
}

function mountOutbox(
  name: OutboxName,
  resolved: ResolvedHub,
  log: LimitedLog,
  { services: { alarms }, supervisor }: MountTarget,
): Outbox {
  const { path, options } = resolved;
  const { capacity, rate } = options.outboxes[name];
  const places = new HeldPlaces({ outbox: name, path, capacity, log });
  const limit = rate && new RateLimit(rate, alarms);
  const outbox = new Outbox(places, moderationOf(name, resolved, log, alarms), limit);
  supervisor.service(`${name}:${path}`, outbox.logic);
  return outbox;
}

/** The histories of a hub whose server is alone; undefined: no group keeps its messages. */
function onlyHistories(
  patterns: HistoryPatterns | undefined,
  codecs: readonly Codec[],
  alarms: Alarms,
  thisNode: LocalConnections,
): OnlyHistories | undefined {
  if (patterns === undefined) return undefined;
  const clock = { now: () => alarms.realNow(), wallNow: () => alarms.wallNow() };
  return new OnlyHistories({ patterns, codecs, logs: new MemoryLogs(clock), thisNode });
}

/** The moderation of one outbox; undefined: nobody moderates. */
function moderationOf(
  outbox: OutboxName,
  { path, options: { moderationTimeoutMs: limitMs }, record: { moderate: moderators = [] } }: ResolvedHub,
  log: LimitedLog,
  alarms: Alarms,
): Moderation | undefined {
  if (moderators.length === 0) return undefined;
  const deadlines = new ModerationDeadlines(alarms, limitMs);
  return new Moderation({ outbox, path, moderators, limitMs, deadlines, log });
}
