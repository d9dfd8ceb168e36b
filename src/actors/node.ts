import { type Actor, createActor } from 'xstate';
import { nodeMachine } from '../../machines/node.ts';
import type { Alarm, Alarms } from '../clock.ts';
import { type Deferred, defer } from '../promises.ts';
import { closeReason } from '../protocol/close.ts';
import type { Supervisor } from './supervisor.ts';

/** The node machine with hands: the life of one server. */
export class Node {
  readonly #supervisor: Supervisor;
  readonly #actor: Actor<typeof nodeMachine>;
  readonly #deadline: Alarm;
  readonly #stopped: Deferred<void> = defer();

  /** What happens outside: when nothing new is to be accepted, and when the last connection is gone. */
  constructor(
    supervisor: Supervisor,
    alarms: Alarms,
    outside: { readonly stopListening: () => void; readonly release: () => void },
  ) {
    this.#supervisor = supervisor;
    this.#deadline = alarms.alarm(() => this.#actor.send({ type: 'drain.timedOut' }));
    this.#actor = createActor(
      nodeMachine.provide({
        actions: {
          stopListening: () => outside.stopListening(),
          drainConnections: () => this.#tellAll('node.draining'),
          endConnections: () => this.#tellAll('drain.timedOut'),
          release: () => {
            this.#deadline.clear();
            outside.release();
            this.#stopped.resolve();
          },
        },
      }),
    );
    this.#actor.subscribe({ error: () => this.#stopped.resolve() });
    this.#actor.start();
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

  #tellAll(type: 'node.draining' | 'drain.timedOut'): void {
    const reason = closeReason('server-draining');
    for (const connection of this.#supervisor.connections()) connection.tell({ type, reason });
  }
}
