import type { ActorRefFrom } from 'xstate';
import { type BackplaneLinkEvent, backplaneLinkMachine } from '../../machines/backplane-link.ts';
import type { LinkActions, LinkActor, LinkState } from '../backplane/link/link-actor.ts';
import type { Supervisor } from './supervisor.ts';

/** The actor of a server's link to its backplane: the machine with its implementations. */
export class BackplaneLink implements LinkActor {
  readonly #actor: ActorRefFrom<typeof backplaneLinkMachine>;

  constructor(supervisor: Supervisor, actions: LinkActions) {
    this.#actor = supervisor.service(
      'backplane-link',
      backplaneLinkMachine.provide({
        actions: {
          synchronise: () => actions.synchronise(),
          reconnect: () => actions.reconnect(),
          announceLinked: () => actions.announceLinked(),
          disconnect: () => actions.disconnect(),
          sayFarewell: () => actions.sayFarewell(),
          release: () => actions.release(),
        },
      }),
    );
  }

  get state(): LinkState {
    return this.#actor.getSnapshot().value;
  }

  connectionOpened(): void {
    this.#send('connection.opened');
  }
  connectionLost(): void {
    this.#send('connection.lost');
  }
  syncFinished(): void {
    this.#send('sync.finished');
  }
  syncFailed(): void {
    this.#send('sync.failed');
  }
  beaconMissed(): void {
    this.#send('beacon.missed');
  }
  closeRequested(): void {
    this.#send('close.requested');
  }
  farewellSent(): void {
    this.#send('farewell.sent');
  }

  #send(type: BackplaneLinkEvent['type']): void {
    // Connections are lost at any time, also when the link is closed.
    if (this.#actor.getSnapshot().status === 'active') this.#actor.send({ type });
  }
}
