import type { ActorRefFrom } from 'xstate';
import { nodeMachine } from '../../machines/node.ts';
import type { Alarm, Alarms } from '../clock.ts';
import type { Connection } from '../connection/connection.ts';
import { type Deferred, defer } from '../promises.ts';
import { closeReason } from '../protocol/close.ts';
import type { Supervisor } from './supervisor.ts';

/** So many clients are sent away at once; they will all come back at once, to us or to a neighbour. */
const WAVE = 500;
/** The distance between two waves, in milliseconds; half of it, at random, is jitter. */
const WAVE_MS = 300;

/** The node machine with hands: the life of one server. */
export class Node {
  readonly #supervisor: Supervisor;
  readonly #actor: ActorRefFrom<typeof nodeMachine>;
  readonly #deadline: Alarm;
  readonly #nextWave: Alarm;
  /** Who has not been told yet that the server drains. */
  #waiting: Connection[] = [];
  readonly #stopped: Deferred<void> = defer();

  /** What happens outside: when nothing new is to be accepted, and when the last connection is gone. */
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

  /** Whether new connections are taken. */
  get isAccepting(): boolean {
    return this.#actor.getSnapshot().hasTag('accepting');
  }

  /** What it does now, as text: for health checks and logs. */
  get state(): string {
    return String(this.#actor.getSnapshot().value);
  }

  bound(): void {
    this.#actor.send({ type: 'listener.bound' });
  }

  /** A connection has been forgotten; perhaps it was the last. */
  connectionGone(): void {
    if (this.#supervisor.size === 0) this.#actor.send({ type: 'connections.gone' });
  }

  /**
   * Drains: nothing new is accepted, running calls may finish within `drainMs`, every client is told that it may come back.
   * Resolves when the last connection is gone.
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
