import type fc from 'fast-check';
import type { CallerClients, HubClients } from '../../src/hub/clients.ts';
import type { User } from '../../src/hub/connection-info.ts';
import type { HubContext } from '../../src/hub/hub-context.ts';
import type { HubOptions } from '../../src/hub/hub-options.ts';
import type { TransportName } from '../../src/protocol/negotiate.ts';
import type { Recorded } from '../../src/testing/recorded.ts';
import { clientProtocol } from '../support/client-protocols.ts';
import { MemoryServer, type Peer, turnOfTheLoop } from '../support/memory-server.ts';
import { type Moderators, moderated } from '../support/moderated.ts';
import { type Address, expectedReceivers, fixed, outboxOf, receivers, type TestClient, USERS } from './addresses.ts';
import { type Habit, Participant } from './participant.ts';
import { createSimulationHub } from './simulation-hub.ts';

/** One `send`, and the outcome of its promise. */
export interface Sent {
  readonly number: number;
  readonly from: Participant | undefined;
  readonly address: Address;
  readonly outbox: 'broadcast' | 'whisper';
  outcome: 'pending' | 'committed' | Error;
}

/** Transport of a new participant, and its behaviour when it connects and disconnects. */
export interface Arrival {
  /** 'Returning': over WebSockets, with stateful reconnect. 'Plain': a plain client. */
  readonly over: TransportName | 'Returning' | 'Plain';
  readonly connect: Habit;
  readonly disconnect: Habit;
}

export interface SimulationSettings {
  readonly hubOptions?: HubOptions;
  /** Moderators of each outbox. */
  readonly moderators?: Moderators;
  /** Number of extra characters in every message. */
  readonly ballast?: number;
  /** Checked after each command. */
  readonly invariant?: (simulation: Simulation) => void;
}

/** Limits that a run of some thirty commands can reach. */
const HUB_OPTIONS: HubOptions = {
  plain: true,
  invocationTimeoutMs: 3_000,
  clientTimeoutMs: 6_000,
  keepAliveIntervalMs: 2_000,
  maximumParallelStreamsPerClient: 4,
  streamBufferCapacity: 3,
  pollTimeoutMs: 5_000,
  statefulReconnectBufferBytes: 500,
  slowConsumer: { highWaterBytes: 256, limitBytes: 4_096, limitMessages: 30, stallMs: 4_000 },
};
const STEP_MS = 100;
const HOPS = 8;
/**
 * Longest end of the server: draining, the running calls, onDisconnected, the Close record and the close frame all have
 * time limits.
 */
const LONGEST_END_MS = 60_000;

/**
 * A server in memory, and everything that the model knows of it. fast-check's scheduler decides what the library leaves
 * to others: when a turn ends, when a method returns, and the verdict of a moderator.
 */
export class Simulation {
  readonly scheduler: fc.Scheduler;
  readonly server: MemoryServer;
  readonly participants: Participant[] = [];
  readonly sent: Sent[] = [];
  /** Outcome of each client result. */
  readonly asked: ('waiting' | 'answered' | 'refused')[] = [];
  readonly #settings: SimulationSettings;
  readonly #ballast: string;
  readonly #context: HubContext<TestClient>;

  constructor(scheduler: fc.Scheduler, settings: SimulationSettings = {}) {
    this.scheduler = scheduler;
    this.#settings = settings;
    this.#ballast = 'x'.repeat(settings.ballast ?? 0);
    const { moderators = [] } = settings;
    const hub = moderated(createSimulationHub(this), moderators);
    this.server = new MemoryServer(hub, {
      hubOptions: { ...HUB_OPTIONS, ...settings.hubOptions },
      nextTurn: (run) => {
        this.until('turn').then(run);
      },
    });
    this.#context = this.server.parts.context(hub);
  }

  /** Resolves when the scheduler chooses. */
  until(what: string): Promise<void> {
    return this.scheduler.schedule(Promise.resolve(), what);
  }

  /** Resolves after a while, so that other events have had several chances to happen before. */
  async aWhile(what: string): Promise<void> {
    for (let hop = 0; hop < HOPS; hop++) await this.until(what);
  }

  open({ over, ...habits }: Arrival): Participant {
    const key = this.participants.length;
    const user = USERS[key % USERS.length] as string;
    const who = { id: `m${key}`, user: { id: user, roles: [] } };
    const peer = this.#openOver(over, who);
    // Both protocols of SignalR in every group; an event stream is text.
    if (key % 2 === 1 && over !== 'ServerSentEvents' && over !== 'Plain')
      peer.client.protocol = clientProtocol('messagepack');
    const participant = new Participant(key, peer, user, habits);
    this.participants.push(participant);
    return participant;
  }

  #openOver(over: Arrival['over'], who: { readonly id: string; readonly user: User }): Peer<Recorded> {
    if (over === 'Plain') return this.server.openPlain(who);
    return over === 'Returning' ? this.server.openReturning(who) : this.server.openOver(over, who);
  }

  participant(id: string): Participant {
    return this.participants.find((participant) => participant.id === id) as Participant;
  }

  /** Sends the next message. `clients`: those of a hub, or of the hub's context. */
  say(
    target: Address,
    from?: Participant,
    clients: HubClients<TestClient> | CallerClients<TestClient> = this.#context.clients,
  ): Promise<unknown> {
    if (this.isOver) return Promise.resolve();
    const address = fixed(target, this.participants.length);
    const sent: Sent = { number: this.sent.length, from, address, outbox: outboxOf(address), outcome: 'pending' };
    this.sent.push(sent);
    for (const participant of expectedReceivers(address, from, this.participants)) participant.due.push(sent.number);
    const ids = this.participants.map((participant) => participant.id);
    const promise = receivers(clients, address, ids).send('Heard', sent.number, this.#ballast);
    promise.then(
      () => {
        sent.outcome = 'committed';
      },
      (error: Error) => {
        sent.outcome = error;
      },
    );
    return promise;
  }

  /** Requests a client result from a participant. */
  async ask(key: number, clients: HubClients<TestClient>, timeoutMs: number): Promise<void> {
    const number = this.asked.length;
    this.asked.push('waiting');
    const { id } = this.participants[key % this.participants.length] as Participant;
    await clients
      .client(id)
      .with({ timeoutMs })
      .invoke('Confirm', number)
      .then(
        () => {
          this.asked[number] = 'answered';
        },
        () => {
          this.asked[number] = 'refused';
        },
      );
  }

  /** Whether the server has stopped. Hubs that still run reach no client any more. */
  get isOver(): boolean {
    return this.server.parts.node.state === 'stopped';
  }

  observe(): void {
    this.#settings.invariant?.(this);
  }

  /** Lets time pass while no turn of the scheduler ends, as if the process had been blocked. */
  async pass(ms: number): Promise<void> {
    await turnOfTheLoop();
    await this.server.pass(ms);
  }

  /** Lets everything happen that needs no time. */
  async quiesce(): Promise<void> {
    do {
      await turnOfTheLoop();
      await this.scheduler.waitIdle();
      await turnOfTheLoop();
    } while (this.scheduler.count() > 0);
    this.observe();
  }

  /** Closes the server. @returns whether it was closed in time. */
  async finish(): Promise<boolean> {
    await this.quiesce();
    let isOver = false;
    this.server.parts.close({ drainMs: 1_000 }).then(() => {
      isOver = true;
    });
    await this.quiesce();
    for (let ms = 0; ms < LONGEST_END_MS && !isOver; ms += STEP_MS) {
      this.server.clock.increment(STEP_MS);
      await this.quiesce();
    }
    return isOver;
  }
}
