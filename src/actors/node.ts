import type { ActorRefFrom } from 'xstate';
import { nodeMachine } from '../../machines/node.ts';
import type { Alarm, Alarms } from '../clock.ts';
import type { Connection } from '../connection/connection.ts';
import { type Deferred, defer } from '../promises.ts';
import { closeReason } from '../protocol/close.ts';
import type { Supervisor } from './supervisor.ts';

/** Maximum of connections that drain at once: their clients all reconnect at once, to this server or to another one. */
const WAVE = 500;
/** Milliseconds between two waves; a random part of it, up to half, is left out (jitter). */
const WAVE_MS = 300;

/** The life of one server: the node machine with its implementations. */
export class Node {
  readonly #supervisor: Supervisor;
  readonly #actor: ActorRefFrom<typeof nodeMachine>;
  readonly #deadline: Alarm;
  readonly #nextWave: Alarm;
  /** Connections that have not got `node.draining` yet. */
  #waiting: Connection[] = [];
  readonly #stopped: Deferred<void> = defer();

  /**
   * @param outside `stopListening` is called when no new connections are to be accepted, `release` when the last
   * connection is gone.
   */
  constructor(
    supervisor: Supervisor,
    alarms: Alarms,
    outside: { readonly stopListening: () => void; readonly release: () => void },
  ) {
    this.#supervisor = supervisor;
    this.#nextWave = alarms.punctual(() => this.#drainWave());
    this.#deadline = alarms.punctual(() => this.#actor.send({ type: 'drain.timedOut' }));
    this.#actor = supervisor.service(
      'node',
      nodeMachine.provide({
        actions: {
          stopListening: () => outside.stopListening(),
          drainConnections: () => {
            this.#waiting = [...supervisor.connections()];
            this.#drainWave();
          },
          endConnections: () => sendToAll(supervisor.connections(), 'drain.timedOut'),
          release: () => {
            this.#deadline.clear();
            this.#nextWave.clear();
            outside.release();
            this.#stopped.resolve();
          },
        },
      }),
    );
  }

  /** Whether new connections are accepted. */
  get isAccepting(): boolean {
    return this.#actor.getSnapshot().hasTag('accepting');
  }

  /** State of the machine as text, for health checks and logs. */
  get state(): string {
    return String(this.#actor.getSnapshot().value);
  }

  /** Reports that a listener has been bound. */
  bound(): void {
    this.#actor.send({ type: 'listener.bound' });
  }

  /** Reports that a connection has been forgotten; it may have been the last. */
  connectionGone(): void {
    if (this.#supervisor.size === 0) this.#actor.send({ type: 'connections.gone' });
  }

  /**
   * Drains: no new connections are accepted, running calls may finish within `drainMs`, and the Close record allows
   * every client to reconnect. Resolves when the last connection is gone.
   */
  close(drainMs: number): Promise<void> {
    if (this.isAccepting) {
      this.#deadline.set(drainMs);
      this.#actor.send({ type: 'close.requested' });
      this.connectionGone();
    }
    return this.#stopped.promise;
  }

  #drainWave(): void {
    sendToAll(this.#waiting.splice(0, WAVE), 'node.draining');
    if (this.#waiting.length > 0) this.#nextWave.set((WAVE_MS * (1 + Math.random())) / 2);
  }
}

function sendToAll(connections: Iterable<Connection>, type: 'node.draining' | 'drain.timedOut'): void {
  const reason = closeReason('server-draining');
  for (const connection of connections) connection.send({ type, reason });
}
