import type { Supervisor } from '../actors/supervisor.ts';
import type { Alarms } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Transport } from '../transports/transport.ts';
import { type ClientOwner, InspectorClient, MAXIMUM_REPLAY } from './client.ts';
import type { Watch } from './watch.ts';
import { type InspectedActor, type Inspection, inspectionMessage, type MessageOrigin } from './wire.ts';

/** Close codes (RFC 6455, section 7.4.1). */
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;

/**
 * Shows a server's actors to attached inspectors. It observes the actor system only while an inspector is attached: an
 * observer costs every event microseconds.
 *
 * XState calls observers on the stack of the event that they see, and does not catch their errors. So nothing here
 * waits, and no error leaves it.
 */
export class Inspector implements ClientOwner {
  readonly #supervisor: Supervisor;
  readonly #alarms: Alarms;
  readonly #log: Log;
  readonly #clients = new Set<InspectorClient>();
  #stopObserving: (() => void) | undefined;
  #dropped = 0;

  constructor(supervisor: Supervisor, alarms: Alarms, log: Log) {
    this.#supervisor = supervisor;
    this.#alarms = alarms;
    this.#log = log;
  }

  get origin(): MessageOrigin {
    return { rootId: this.#supervisor.actor.sessionId, wallNow: this.#alarms.wallNow() };
  }
  /** Number of attached inspectors. */
  get clients(): number {
    return this.#clients.size;
  }
  /** Number of inspectors that have been dropped because they did not keep up. */
  get dropped(): number {
    return this.#dropped;
  }

  attach(transport: Transport, watch: Watch): void {
    const client = new InspectorClient(transport, watch, this);
    this.#clients.add(client);
    this.#observe();
    client.begin(this.#supervisor.refs());
  }

  left(client: InspectorClient, why: 'slow' | 'gone'): void {
    if (!this.#clients.delete(client)) return;
    if (this.#clients.size === 0) this.#unobserve();
    if (why === 'gone') {
      this.#log.info({ sent: client.sent }, 'an inspector has left');
      return;
    }
    this.#dropped += 1;
    client.terminate();
    this.#log.warn({ sent: client.sent }, 'an inspector did not keep up and was dropped');
  }

  truncated(client: InspectorClient): void {
    this.#log.info(
      { shown: MAXIMUM_REPLAY, alive: this.#supervisor.actors, watched: client.watch.size },
      'an inspector sees the other actors when something happens to them; ?watch=ID shows a few at once',
    );
  }

  /** Detaches all inspectors: a fault of the inspector must end nothing else. */
  failed(error: unknown): void {
    this.#log.error({ err: error }, 'the inspector failed; all inspectors have been detached');
    this.close(INTERNAL_ERROR);
  }

  close(code: number = GOING_AWAY): void {
    this.#unobserve();
    for (const client of this.#clients) client.close(code);
    this.#clients.clear();
  }

  #observe(): void {
    if (this.#stopObserving !== undefined) return;
    const { unsubscribe } = this.#supervisor.actor.system.inspect((inspection) => {
      if (inspection.type !== '@xstate.event' && inspection.type !== '@xstate.snapshot') return;
      try {
        // The type declarations of XState lack some fields of an actor.
        this.#observed(inspection as unknown as Inspection);
      } catch (error) {
        this.failed(error);
      }
    });
    this.#stopObserving = unsubscribe;
  }

  #unobserve(): void {
    this.#stopObserving?.();
    this.#stopObserving = undefined;
  }

  #observed(inspection: Inspection): void {
    this.#sendToWatching(inspection.actorRef, inspection);
    const crashed = inspection.type === '@xstate.event' ? crashedChild(inspection) : undefined;
    // XState sends an event to the parent, but shows no snapshot of the crashed child.
    if (crashed !== undefined) this.#sendToWatching(crashed.actorRef, crashed);
  }

  /** Converts an inspection only when an inspector watches the actor, and once for all of them. */
  #sendToWatching(actor: InspectedActor, inspection: Inspection): void {
    let message: Buffer | undefined;
    for (const client of this.#clients) {
      if (!client.watch.includes(actor)) continue;
      client.show(actor);
      message ??= inspectionMessage(inspection, this.origin);
      client.send(message);
    }
  }
}

function crashedChild({ sourceRef, event }: Inspection & { readonly type: '@xstate.event' }): Inspection | undefined {
  const isCrash = 'type' in event && String(event.type).startsWith('xstate.error.actor.');
  if (!isCrash || sourceRef === undefined) return undefined;
  return { type: '@xstate.snapshot', actorRef: sourceRef, event, snapshot: sourceRef.getSnapshot() };
}
