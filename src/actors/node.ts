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
  readonly #alarms: Alarms;
  /** Rings when the drain begins, and when its time is over. */
  readonly #begin: Alarm;
  readonly #deadline: Alarm;
  readonly #nextWave: Alarm;
  /** Connections that have not got `node.draining` yet. */
  #waiting: Connection[] = [];
  /** Moments by `realNow()`. Each call of `close` may bring them nearer. */
  #beginsAt = Number.POSITIVE_INFINITY;
  #endsAt = Number.POSITIVE_INFINITY;
  #drainMs = Number.POSITIVE_INFINITY;
  readonly #stopped: Deferred<void> = defer();

  /**
   * @param outside `endKeepAlive` and `sendHeld` are called when the drain begins, `release` when the last connection is
   *   gone. Connections are told of the drain when the promise of `sendHeld` has resolved, if it returns one.
   */
  constructor(
    supervisor: Supervisor,
    alarms: Alarms,
    outside: {
      readonly endKeepAlive: () => void;
      readonly sendHeld?: () => Promise<void> | undefined;
      readonly release: () => void;
    },
  ) {
    this.#supervisor = supervisor;
    this.#alarms = alarms;
    this.#begin = alarms.punctual(() => this.#drain());
    this.#nextWave = alarms.punctual(() => this.#drainWave());
    this.#deadline = alarms.punctual(() => this.#actor.send({ type: 'drain.timedOut' }));
    this.#actor = supervisor.service(
      'node',
      nodeMachine.provide({
        actions: {
          endKeepAlive: () => outside.endKeepAlive(),
          drainConnections: () => {
            this.#endBy(this.#drainMs);
            const sent = outside.sendHeld?.();
            if (sent === undefined) this.#drainAll();
            else void sent.then(() => this.#drainAll());
          },
          endConnections: () => sendToAll(supervisor.connections(), 'drain.timedOut'),
          release: () => {
            this.#begin.clear();
            this.#deadline.clear();
            this.#nextWave.clear();
            outside.release();
            this.#stopped.resolve();
          },
        },
      }),
    );
  }

  /** Whether `close` has been called. */
  get isClosing(): boolean {
    return this.#drainMs !== Number.POSITIVE_INFINITY;
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

  /** Problem of the node as a public text; undefined: it is ready. */
  get problem(): string | undefined {
    if (this.state === 'retiring') return 'It is about to drain.';
    return this.isAccepting ? undefined : `It is ${this.state}.`;
  }

  /**
   * Drains after `drainDelayMs`: no new connections are accepted, running calls may finish within `drainMs`, and the
   * Close record allows every client to reconnect. A further call can only make both times shorter. Resolves when the
   * last connection is gone.
   */
  close({ drainMs, drainDelayMs }: { readonly drainMs: number; readonly drainDelayMs: number }): Promise<void> {
    this.#drainMs = Math.min(this.#drainMs, drainMs);
    if (this.state === 'draining') this.#endBy(drainMs);
    else if (this.isAccepting) this.#drainAfter(drainDelayMs);
    return this.#stopped.promise;
  }

  #drain(): void {
    this.#begin.clear();
    this.#actor.send({ type: 'close.requested' });
    this.connectionGone();
  }

  #drainAfter(ms: number): void {
    if (ms > 0) this.#actor.send({ type: 'close.announced' });
    if (ms === 0 || this.state !== 'retiring') {
      this.#drain();
      return;
    }
    const at = this.#alarms.realNow() + ms;
    if (at < this.#beginsAt) this.#begin.set(ms);
    this.#beginsAt = Math.min(at, this.#beginsAt);
  }

  #endBy(ms: number): void {
    const at = this.#alarms.realNow() + ms;
    if (at < this.#endsAt) this.#deadline.set(ms);
    this.#endsAt = Math.min(at, this.#endsAt);
  }

  #drainAll(): void {
    this.#waiting = [...this.#supervisor.connections()];
    this.#drainWave();
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
