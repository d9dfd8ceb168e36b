import type { Server as HttpServer } from 'node:http';
import { DeadLetterTally, deadLettersLogic } from './actors/dead-letters.ts';
import { Node } from './actors/node.ts';
import { Supervisor } from './actors/supervisor.ts';
import { TimerWheel, timerWheelLogic } from './actors/timer-wheel.ts';
import { type Keys, keysOf } from './auth/keys.ts';
import type { Cluster } from './backplane/cluster.ts';
import { Connection } from './connection/connection.ts';
import type { HubRuntime } from './connection/hub-runtime.ts';
import type { ServerServices } from './connection/server-services.ts';
import { OptionsError } from './errors.ts';
import type { HubContext } from './hub/hub-context.ts';
import type { AnyHubDefinition, HubDefinition } from './hub/setup-hub.ts';
import { newBootId } from './ids.ts';
import { createInspector, type InspectorEndpoint } from './inspector/endpoint.ts';
import { type AttachOptions, type CloseOptions, type ListenOptions, readCloseOptions } from './listen-options.ts';
import { type LimitedLog, LogLimit } from './log-limit.ts';
import { type MountedRuntime, mountHub, type Seams } from './mount-hub.ts';
import { type ResolvedHub, type ResolvedOptions, resolveOptions, type ServerOptions } from './options.ts';
import { Flusher } from './routing/flusher.ts';
import { type Revocable, type RevokeOptions, ServerAuth } from './server-auth.ts';
import { broadcast, countReached } from './server-broadcast.ts';
import { clusterProblem, joinCluster, otherServers, storageNeighbours } from './server-cluster.ts';
import { type ServerConnection, serverConnection } from './server-connection.ts';
import { ServerListeners } from './server-listeners.ts';
import { sharedServices } from './server-services.ts';
import { ServerStorage } from './server-storage.ts';
import type { SignalboxServer } from './signalbox-server.ts';
import type { NewConnection } from './transports/new-connection.ts';
import type { Transport } from './transports/transport.ts';
import type { HealthProblem } from './web/health.ts';
import { HttpServers } from './web/http-servers.ts';
import { addHub } from './web/hub-routes.ts';
import { Routes } from './web/routes.ts';

/** Builds a server. Nothing listens yet. @throws {OptionsError} when an option cannot be used. */
export function createServer(options: ServerOptions): SignalboxServer {
  return new ServerParts(resolveOptions(options));
}

/** All parts of a server, connected. This file and `mount-hub.ts` are the only ones that know all parts. */
export class ServerParts implements SignalboxServer {
  readonly nodeId: string;
  readonly bootId = newBootId();
  readonly wheel: TimerWheel;
  readonly flusher: Flusher;
  readonly supervisor: Supervisor;
  readonly node: Node;
  readonly services: ServerServices;
  /** By the path of the hub, as the options have it. */
  readonly runtimes = new Map<string, MountedRuntime>();
  readonly #byDefinition = new Map<AnyHubDefinition, MountedRuntime>();
  readonly #options: ResolvedOptions;
  readonly #logLimit: LogLimit;
  /** For lines that belong to no hub. Clients can cause many of them, so it is limited, too. */
  readonly #log: LimitedLog;
  readonly #routes: Routes;
  readonly #storage: ServerStorage;
  readonly cluster: Cluster | undefined;
  readonly #inspector: InspectorEndpoint | undefined;
  readonly #deadLetters: DeadLetterTally;
  readonly #auth: ServerAuth;
  #closed: Promise<void> | undefined;
  readonly #httpServers: HttpServers;
  readonly #listeners: ServerListeners;
  /** One function for all: a closure for each connection would stay in memory as long as that. */
  readonly #forgotten = (connection: Connection): void => this.#forget(connection);

  constructor(options: ResolvedOptions, seams: Seams = {}) {
    const nextTurn = seams.nextTurn ?? setImmediate;
    this.#options = options;
    this.nodeId = options.cluster.nodeId;
    this.#httpServers = new HttpServers(nextTurn);
    this.#logLimit = new LogLimit(options.clock);
    const log = this.#logLimit.over(options.log);
    this.#log = log;
    const paths = options.hubs.map(({ path }) => path);
    this.#routes = new Routes(log, paths);
    this.wheel = new TimerWheel(options.clock, log);
    this.flusher = new Flusher(() => options.clock.now(), nextTurn);
    this.supervisor = new Supervisor(log);
    this.supervisor.service('timer-wheel', timerWheelLogic(this.wheel));
    this.cluster = joinCluster({
      ...{ options, nextTurn, log, bootId: this.bootId, backplane: seams.backplane },
      ...{ supervisor: this.supervisor, alarms: this.wheel },
      listener: { changed: () => this.#storage.nodesChanged(), revived: () => this.#storage.revived() },
    });
    this.#storage = new ServerStorage(options, storageNeighbours(this.cluster, this.nodeId), log);
    const deadLetters = this.supervisor.service('dead-letters', deadLettersLogic(log));
    this.#deadLetters = new DeadLetterTally(nextTurn, (event) => {
      if (this.node.state !== 'stopped') deadLetters.send(event);
    });
    this.services = sharedServices(options, {
      ...{ alarms: this.wheel, flusher: this.flusher, log, nextTurn },
      sessions: this.#storage.sessions,
      deadLetter: (...counted) => this.#deadLetters.add(...counted),
    });
    this.node = new Node(this.supervisor, this.wheel, {
      endKeepAlive: () => this.#httpServers.drain(),
      sendHeld: () => this.#sendHeld(),
      release: () => this.#release(),
    });
    this.#listeners = new ServerListeners({
      options,
      routes: this.#routes,
      httpServers: this.#httpServers,
      alarms: this.wheel,
      log,
      problems: () => this.problems(),
      start: () => this.#start().then(() => this.#storage.startRetention()),
      checkOpen: () => this.#checkOpen(),
      bound: () => this.node.bound(),
    });
    for (const hub of options.hubs) this.#mount(hub, seams);
    const endpoints = () => [...this.runtimes.values()].map(({ endpoint }) => endpoint);
    this.#auth = new ServerAuth(options, { log, endpoints, others: otherServers(this.cluster, log) });
    this.#inspector = this.#openInspector();
  }

  listen(at: ListenOptions): Promise<{ port: number; host: string }> {
    return this.#listeners.listen(at);
  }

  attach(http: HttpServer, options?: AttachOptions): Promise<void> {
    return this.#listeners.attach(http, options);
  }

  context<C, S, Ms, D>(definition: HubDefinition<C, S, Ms, D>): HubContext<C> {
    const runtime = this.#byDefinition.get(definition);
    if (runtime === undefined)
      throw new OptionsError('context: this hub is not one of the server: see createServer({ hubs }).');
    return runtime.hub.context as HubContext<C>;
  }

  get keys(): Keys {
    const { storage, clock } = this.#options;
    return keysOf(storage, clock, { open: () => this.#start(), changed: (id) => this.#auth.keyChanged(id) });
  }

  *connections(): IterableIterator<ServerConnection> {
    for (const { connectedAt, isClosing, session } of this.supervisor.connections()) {
      if (session !== undefined && !isClosing) yield serverConnection(session, connectedAt);
    }
  }

  problems(): readonly HealthProblem[] {
    const { problem: text } = this.node;
    const own = text === undefined ? undefined : ({ part: 'server', text, severity: 'unready' } as const);
    const problems = [own, this.#storage.problem, clusterProblem(this.cluster, this.#options.cluster)];
    return problems.filter((problem) => problem !== undefined);
  }

  broadcast(type: string, payload?: unknown): Promise<void> {
    return broadcast(this.runtimes.values(), type, payload);
  }

  clientCount(): number {
    return countReached(this.runtimes.values());
  }

  revoke(what: Revocable, options?: RevokeOptions): Promise<number> {
    return this.#auth.revoke(what, options);
  }

  async close(options?: CloseOptions): Promise<void> {
    const stopped = this.node.close(readCloseOptions(options));
    this.#closed ??= this.#afterStop(stopped);
    await this.#closed;
  }

  /** Makes a connection of an opened transport, and spawns the hub actor that owns it. */
  open(runtime: HubRuntime, origin: NewConnection, transport: Transport): Connection {
    const connection = new Connection(runtime, origin, transport, this.#forgotten);
    this.#httpServers.opened(transport);
    this.supervisor.open(connection);
    return connection;
  }

  /** Sends what rates hold back, while its receivers are still there. */
  #sendHeld(): Promise<void> | undefined {
    const outboxes = [...this.runtimes.values()].flatMap(({ broadcast, whisper }) => [broadcast, whisper]);
    const areHolding = outboxes.map((outbox) => outbox.liftRate());
    return areHolding.includes(true) ? new Promise((sent) => this.services.nextTurn(sent)) : undefined;
  }

  #forget(connection: Connection): void {
    this.supervisor.forget(connection);
    connection.negotiation?.ended();
    this.#httpServers.closed(connection.transport.current);
    this.node.connectionGone();
  }

  #mount(hub: ResolvedHub, seams: Seams): void {
    const runtime = mountHub(hub, this.#options, seams, {
      services: this.services,
      supervisor: this.supervisor,
      logLimit: this.#logLimit,
      bootId: this.bootId,
      cluster: this.cluster,
      isAccepting: () => this.node.isAccepting,
      isRevoked: (user) => this.#auth.isRevoked(user),
      open: (...connection) => this.open(...connection),
    });
    this.runtimes.set(hub.path, runtime);
    this.#byDefinition.set(hub.definition, runtime);
    addHub(this.#routes, hub.path, runtime.endpoint, hub.options.enableAuthenticationRefresh);
  }

  async #start(): Promise<void> {
    this.#checkOpen();
    await this.cluster?.start();
    await this.#storage.open();
    await this.#auth.start();
  }

  async #afterStop(stopped: Promise<void>): Promise<void> {
    await stopped;
    // The others hear of those who were here before this node has gone.
    await Promise.all([...this.runtimes.values()].map(({ presence }) => presence.close()));
    await this.cluster?.close();
    this.wheel.stop();
    // After the last transition, so that the inspector shows it.
    this.#inspector?.close();
    this.supervisor.stop();
    await this.#storage.close();
    this.#logLimit.flush();
  }

  #checkOpen(): void {
    if (this.node.isClosing) throw new OptionsError('This server has been closed; make a new one.');
  }

  #openInspector(): InspectorEndpoint | undefined {
    const { inspect } = this.#options;
    if (inspect === undefined) return undefined;
    const inspector = createInspector({ supervisor: this.supervisor, alarms: this.wheel, log: this.#log, ...inspect });
    this.#routes.add('/inspect', { upgrade: inspector.upgrade });
    return inspector;
  }

  #release(): void {
    this.#deadLetters.flush();
    this.#httpServers.release();
    for (const { endpoint } of this.runtimes.values()) endpoint.dispose();
    this.#auth.dispose();
  }
}
