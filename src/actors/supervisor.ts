import {
  type ActorLogic,
  type ActorRef,
  type ActorRefFrom,
  type AnyActorLogic,
  type AnyActorRef,
  createActor,
  type Snapshot,
} from 'xstate';
import type { HubEvent } from '../../machines/hub.ts';
import type { Connection } from '../connection/connection.ts';
import { asError, loggable } from '../errors.ts';
import type { Log } from '../log.ts';
import { closeReason } from '../protocol/close.ts';
import { hubLogic } from './hub.ts';

type SupervisorEvent =
  | { readonly type: 'connection.opened'; readonly id: string }
  | { readonly type: 'service.started'; readonly id: string }
  | { readonly type: 'xstate.stop' }
  | { readonly type: `xstate.done.actor.${string}`; readonly actorId: string }
  | { readonly type: `xstate.error.actor.${string}`; readonly actorId: string; readonly error: unknown };

type SupervisorSnapshot = Snapshot<undefined> & { toJSON(): unknown };
type SupervisorRef = ActorRef<SupervisorSnapshot, SupervisorEvent>;
type HubRef = AnyActorRef & { send(event: HubEvent): void };

/** An actor that is not a hub actor. */
interface Service {
  readonly logic: AnyActorLogic;
  readonly input?: unknown;
  /** Called when the actor has crashed; that has been logged. */
  readonly crashed?: () => void;
}

/**
 * Registers and unregisters hub actors. Hand-written rather than a machine: a machine copies its children at each spawn
 * and stop (O(n) each), while this keeps them in a Map. Its events carry ids only, so that the inspector can show them.
 * Connections and logic stay in here.
 *
 * One crash ends one connection: the supervisor runs its close sequence without its actor, and no other is affected.
 */
export class Supervisor {
  readonly #log: Log;
  readonly #connections = new Map<string, Connection>();
  readonly #actors = new Map<string, HubRef>();
  readonly #services = new Map<string, Service>();
  readonly #running = new Map<string, AnyActorRef>();
  readonly #actor = createActor(this.#logic(), { id: 'supervisor' });

  constructor(log: Log) {
    this.#log = log;
    this.#actor.subscribe({ error: (error) => log.error({ error: loggable(error) }, 'the supervisor failed') });
    this.#actor.start();
  }

  /** Root of the server's actor system. */
  get actor(): SupervisorRef {
    return this.#actor;
  }
  /** Number of connections, from the opened transport to the end of the close sequence. */
  get size(): number {
    return this.#connections.size;
  }
  /** Number of running hub actors. */
  get actors(): number {
    return this.#actors.size;
  }

  connection(id: string): Connection | undefined {
    return this.#connections.get(id);
  }

  /** State of a hub actor as text, such as 'alive.open.flowing'; undefined: it does not run. */
  stateOf(id: string): string | undefined {
    const value: unknown = this.#actors.get(id)?.getSnapshot().value;
    return value === undefined ? undefined : stateText(value);
  }

  connections(): IterableIterator<Connection> {
    return this.#connections.values();
  }

  /** Every actor: this one, the services, then the hub actors. Actors may end during the iteration. */
  *refs(): IterableIterator<AnyActorRef> {
    yield this.#actor;
    yield* this.#running.values();
    yield* this.#actors.values();
  }

  /** Spawns the hub actor of a connection. */
  open(connection: Connection): void {
    this.#connections.set(connection.connectionId, connection);
    this.#actor.send({ type: 'connection.opened', id: connection.connectionId });
  }

  /** Unregisters a connection whose close sequence has finished. */
  forget(connection: Connection): void {
    this.#connections.delete(connection.connectionId);
  }

  /** Starts an actor that lives as long as the server, or until it ends by itself, and returns it. */
  service<L extends AnyActorLogic>(id: string, logic: L, more: Omit<Service, 'logic'> = {}): ActorRefFrom<L> {
    this.#services.set(id, { logic, ...more });
    this.#actor.send({ type: 'service.started', id });
    return this.#running.get(id) as ActorRefFrom<L>;
  }

  stop(): void {
    this.#actor.stop();
  }

  #logic(): ActorLogic<SupervisorSnapshot, SupervisorEvent> {
    return {
      getInitialSnapshot: () => ({
        status: 'active',
        output: undefined,
        error: undefined,
        toJSON: () => ({ status: 'active', connections: this.size, actors: this.actors }),
      }),
      transition: (snapshot, event, scope) => {
        switch (event.type) {
          case 'connection.opened':
            this.#spawn(event.id, scope);
            break;
          case 'service.started': {
            const { logic, input } = this.#services.get(event.id) as Service;
            const service = createActor(logic, { parent: scope.self, id: event.id, input });
            this.#running.set(event.id, service);
            scope.defer(() => service.start());
            break;
          }
          case 'xstate.stop':
            // XState does not stop the children of hand-written logic.
            for (const child of [...this.#actors.values(), ...this.#running.values()]) scope.stopChild(child);
            return { ...snapshot, status: 'stopped', output: undefined, error: undefined };
          default:
            this.#childEnded(event);
        }
        return snapshot;
      },
      getPersistedSnapshot: (snapshot) => snapshot,
    };
  }

  #spawn(id: string, scope: { readonly self: AnyActorRef; readonly defer: (run: () => void) => void }): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    const actor: HubRef = createActor(hubLogic, { parent: scope.self, id, input: { connection } });
    this.#actors.set(id, actor);
    scope.defer(() => {
      actor.start();
      connection.bindActor(actor);
    });
  }

  #childEnded(event: SupervisorEvent): void {
    if (!('actorId' in event)) return;
    const connection = this.#connections.get(event.actorId);
    const service = this.#services.get(event.actorId);
    this.#actors.delete(event.actorId);
    this.#services.delete(event.actorId);
    this.#running.delete(event.actorId);
    if (!('error' in event)) return;
    this.#log.error({ error: loggable(event.error), actor: event.actorId }, 'an actor crashed');
    service?.crashed?.();
    if (connection === undefined) return;
    connection.unbindActor();
    connection.close(closeReason('actor-crashed', { error: asError(event.error) }));
  }
}

/** Names of nested states, from the outermost to the innermost, with dots between them. */
function stateText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name}.${stateText(inner)}`)
    .join(' ');
}
