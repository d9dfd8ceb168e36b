import { LongPoll } from '../../src/actors/long-poll.ts';
import type { Clock } from '../../src/clock.ts';
import type { Connection } from '../../src/connection/connection.ts';
import type { DetachedConnectionsOptions } from '../../src/connection/stateful-reconnect/detached-limits.ts';
import type { TransportRequest, User } from '../../src/hub/connection-info.ts';
import type { HubOptions } from '../../src/hub/hub-options.ts';
import type { AnyHubDefinition } from '../../src/hub/setup-hub.ts';
import type { ConnectionId } from '../../src/ids.ts';
import type { MountedRuntime, Seams } from '../../src/mount-hub.ts';
import { resolveOptions, type ServerOptions } from '../../src/options.ts';
import type { Codec } from '../../src/protocol/codec.ts';
import type { TransportName } from '../../src/protocol/negotiate.ts';
import { ServerParts } from '../../src/server.ts';
import type { ClientProtocol } from '../../src/testing/client-protocol.ts';
import { MemoryClient } from '../../src/testing/memory-client.ts';
import { MemoryEventStream, type RecordedEventStream } from '../../src/testing/memory-event-stream.ts';
import { MemoryPoller, type RecordedLongPolling } from '../../src/testing/memory-long-poll.ts';
import { MemoryTransport } from '../../src/testing/memory-transport.ts';
import type { Recorded } from '../../src/testing/recorded.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import type { PollImplementations } from '../../src/transports/long-poll-port.ts';
import type { NewConnection } from '../../src/transports/new-connection.ts';
import type { Transport } from '../../src/transports/transport.ts';
import { CollectedLog } from './collected-log.ts';
import { PLAIN_PROTOCOL } from './plain-protocol.ts';
import { ReturningClient } from './returning-client.ts';

const PATH = '/hub';
const MAXIMUM_WAITING_BYTES = 67_108_864;
/** Accuracy of the timer wheel. Time passes in such steps, so that the effects of one alarm happen before the next. */
const STEP_MS = 100;

/** Facts about a client that opens a transport. */
export interface Who {
  readonly id?: string;
  readonly user?: User;
  /** Whether it asks for the positions of messages. */
  readonly wantsPositions?: boolean;
}

/** Both ends of one connection. */
export interface Peer<T = MemoryTransport> {
  readonly id: string;
  readonly client: MemoryClient;
  /** The latest transport. */
  transport: T;
  /** Number of times that its client has come back. */
  returns: number;
  readonly connection: Connection;
  /** Whether the server has forgotten the connection. */
  isForgotten: boolean;
}

export interface MemoryServerOptions {
  readonly detachedConnections?: DetachedConnectionsOptions;
  readonly hubOptions?: HubOptions;
  readonly maximumWaitingBytes?: number;
  /** Default: a log of its own. */
  readonly log?: CollectedLog;
  readonly codecs?: Seams['codecs'];
  readonly otherNodes?: Seams['otherNodes'];
  readonly backplane?: Seams['backplane'];
  /** Options of a node among others. */
  readonly clusterOptions?: Pick<
    ServerOptions,
    'nodeId' | 'leaseMs' | 'onOutage' | 'readyWhenDegraded' | 'backplaneSecret'
  >;
  /** A clock that it shares with other servers. Default: one of its own. */
  readonly clock?: SimulatedClock;
  /** The clock of its parts, which may stand still. Default: the same. */
  readonly partsClock?: Clock;
  /** Takes functions that have to run in another turn. Default: they wait for the next `settle`. */
  readonly nextTurn?: (run: () => void) => void;
}

/** The parts that `createServer` builds, with one hub, over transports in memory and a clock that only tests move. */
export class MemoryServer {
  readonly clock: SimulatedClock;
  readonly log: CollectedLog;
  readonly peers: Peer<unknown>[] = [];
  readonly parts: ServerParts;
  readonly host: MountedRuntime;
  readonly #nextTurn: (run: () => void) => void;
  readonly #turn: (() => void)[] = [];

  constructor(hub: AnyHubDefinition, options: MemoryServerOptions = {}) {
    const { hubOptions = {}, codecs, otherNodes, backplane, detachedConnections = {}, clusterOptions = {} } = options;
    this.clock = options.clock ?? new SimulatedClock();
    this.log = options.log ?? new CollectedLog();
    const { maximumWaitingBytes = MAXIMUM_WAITING_BYTES } = options;
    this.#nextTurn = options.nextTurn ?? ((run) => this.#turn.push(run));
    this.parts = new ServerParts(
      resolveOptions({
        hubs: { [PATH]: hub },
        hubOptions,
        detachedConnections,
        maximumWaitingBytes,
        ...clusterOptions,
        clock: options.partsClock ?? this.clock,
        logger: this.log,
      }),
      {
        nextTurn: this.#nextTurn,
        ...(codecs === undefined ? {} : { codecs }),
        ...(otherNodes === undefined ? {} : { otherNodes }),
        ...(backplane === undefined ? {} : { backplane }),
      },
    );
    this.host = this.parts.runtimes.get(PATH) as MountedRuntime;
  }

  /** Opens a transport. The client has not sent anything yet. */
  open(who: Who = {}): Peer {
    const id = who.id ?? `c${this.peers.length}`;
    const transport = this.#newTransport();
    return this.#open(id, who, transport, transport.client);
  }

  /** The same for a connection that comes with its codec, so that its client sends no handshake. */
  openWith(codec: Codec, protocol: ClientProtocol, who: Who = {}): Peer {
    const transport = this.#newTransport();
    transport.client.protocol = protocol;
    return this.#open(who.id ?? `c${this.peers.length}`, who, transport, transport.client, { codec });
  }

  /** The same for a plain client. The hub must have the option `plain`. */
  openPlain(who: Who = {}): Peer {
    return this.openWith(this.host.plain as Codec, PLAIN_PROTOCOL, who);
  }

  /** The same with a client that asked for stateful reconnect. `isMute`: the test decides when it acknowledges. */
  openReturning(who: Who & { readonly isMute?: boolean } = {}): Peer {
    const id = who.id ?? `c${this.peers.length}`;
    const transport = this.#newTransport();
    transport.client = new ReturningClient(transport, who.isMute === true ? () => {} : this.#nextTurn);
    return this.#open(id, who, transport, transport.client, { mayReturn: true });
  }

  /** A client comes back with another transport. @returns false when its connection has ended. */
  comeBack(peer: Peer): boolean {
    const { client } = peer;
    const statefulReconnect = peer.connection.session?.statefulReconnect;
    if (!(client instanceof ReturningClient) || statefulReconnect?.isResumable !== true) return false;
    // The limit of returns has tests of its own.
    if (statefulReconnect.objection !== undefined) return statefulReconnect.mayReturnNow();
    const transport = this.#newTransport();
    const old = peer.transport as MemoryTransport;
    old.client = new MemoryClient(old);
    old.client.protocol = client.protocol;
    transport.client = client;
    peer.transport = transport;
    peer.returns += 1;
    client.returns(transport);
    statefulReconnect.attach(transport);
    client.sendAgain();
    return true;
  }

  #newTransport(): MemoryTransport {
    const { highWaterBytes } = this.host.hub.options.slowConsumer;
    return new MemoryTransport({ clock: this.clock, nextTurn: this.#nextTurn, highWaterBytes });
  }

  /** The same over Long Polling: the real transport, and a client in memory that polls. */
  openLongPolling(who: Who = {}): Peer<RecordedLongPolling> {
    const id = who.id ?? `c${this.peers.length}`;
    const { pollTimeoutMs, slowConsumer } = this.host.hub.options;
    const { highWaterBytes } = slowConsumer;
    const startActor = (implementations: PollImplementations) => new LongPoll(this.parts.supervisor, implementations);
    const parts = { pollTimeoutMs, highWaterBytes, alarms: this.parts.wheel, startActor };
    const poller = new MemoryPoller(id, parts, this.#nextTurn);
    const peer = this.#open(id, who, poller.transport, poller.client);
    poller.poll();
    return peer;
  }

  /** The same over Server-Sent Events: the real transport, and a client in memory that reads its stream. */
  openEventStream(who: Who = {}): Peer<RecordedEventStream> {
    const id = who.id ?? `c${this.peers.length}`;
    const { highWaterBytes } = this.host.hub.options.slowConsumer;
    const stream = new MemoryEventStream(highWaterBytes, this.parts.wheel, this.#nextTurn);
    return this.#open(id, who, stream.transport, stream.client);
  }

  /** The same over any transport. */
  openOver(over: TransportName, who: Who = {}): Peer<Recorded> {
    if (over === 'LongPolling') return this.openLongPolling(who);
    return over === 'ServerSentEvents' ? this.openEventStream(who) : this.open(who);
  }

  #open<T extends Transport>(
    id: string,
    { user, wantsPositions }: Who,
    transport: T,
    client: MemoryClient,
    how: Pick<NewConnection, 'mayReturn' | 'codec'> = {},
  ): Peer<T> {
    const request = { ...REQUEST, transport: transport.name };
    const ended = () => {
      peer.isForgotten = true;
    };
    const identity = {
      connectionId: id as ConnectionId,
      user: user ?? null,
      request,
      ...(wantsPositions === undefined ? {} : { wantsPositions }),
      ...how,
      negotiation: { ended },
    };
    const connection = this.parts.open(this.host, identity, transport);
    const peer: Peer<T> = { id, client, transport, returns: 0, connection, isForgotten: false };
    this.peers.push(peer);
    return peer;
  }

  /** Opens a connection, and lets its `onConnected` run. */
  async connect(who: Who = {}): Promise<Peer> {
    const peer = this.open(who);
    peer.client.handshake();
    await this.settle();
    return peer;
  }

  /** Lets everything happen that needs no time: promises, and functions that wait for another turn. */
  async settle(): Promise<void> {
    for (;;) {
      await turnOfTheLoop();
      const due = this.#turn.splice(0);
      if (due.length === 0) return;
      for (const run of due) run();
    }
  }

  /**
   * One turn of the event loop: runs the functions that wait for one, and settles promises. @returns whether anything
   * ran.
   */
  async turn(): Promise<boolean> {
    await turnOfTheLoop();
    const due = this.#turn.splice(0);
    for (const run of due) run();
    await turnOfTheLoop();
    return due.length > 0;
  }

  /** Lets time pass, with everything that happens in it. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      // Nothing is due in between.
      const step = this.clock.pending === 0 ? left : Math.min(STEP_MS, left);
      this.clock.increment(step);
      await this.settle();
      if (step === left) return;
    }
  }

  /** Counts of everything that must be zero when the last connection of a server has gone. */
  leftovers(): Readonly<Record<string, number>> {
    const { clientResults, connections, memberships, router, broadcast, whisper } = this.host;
    return {
      connections: this.parts.supervisor.size,
      actors: this.parts.supervisor.actors,
      pollSlots: [...this.parts.supervisor.refs()].filter(({ id }) => id.startsWith('polls:')).length,
      addresses: connections.size,
      users: connections.users,
      groups: memberships.size,
      senders: router.senders,
      requestedResults: clientResults.size,
      requestedClients: clientResults.clients,
      heldBroadcasts: broadcast.depth,
      heldWhispers: whisper.depth,
      alarms: this.parts.wheel.armed,
      detached: this.parts.services.detached.size,
      detachedBytes: this.parts.services.detached.bytes,
      detachedUsers: this.parts.services.detached.users,
      attachedBytes: this.parts.services.detached.attached.bytes,
      waiting: this.parts.services.backlogs.bytes,
      backlogs: this.parts.services.backlogs.size,
      unwritten: this.host.endedLanes.queued,
      unparsed: this.parts.services.turns.waiting,
      claims: this.host.presence.figures.claims,
      unwrittenKeys: this.host.presence.figures.unwritten,
    };
  }
}

export const NOTHING_LEFT = {
  connections: 0,
  actors: 0,
  pollSlots: 0,
  addresses: 0,
  users: 0,
  groups: 0,
  senders: 0,
  requestedResults: 0,
  requestedClients: 0,
  heldBroadcasts: 0,
  heldWhispers: 0,
  alarms: 0,
  detached: 0,
  detachedBytes: 0,
  detachedUsers: 0,
  attachedBytes: 0,
  waiting: 0,
  backlogs: 0,
  unwritten: 0,
  unparsed: 0,
  claims: 0,
  unwrittenKeys: 0,
} as const;

const REQUEST: TransportRequest = {
  transport: 'WebSockets',
  headers: {},
  query: new URLSearchParams(),
  url: PATH,
  remoteAddress: 'memory',
};

/** Resolves when all promises that can settle have settled. */
export function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
