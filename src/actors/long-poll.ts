import type { ActorRefFrom } from 'xstate';
import { longPollMachine } from '../../machines/long-poll.ts';
import type { PollImplementations, PollSlot } from '../transports/poll-slot.ts';
import type { Supervisor } from './supervisor.ts';

/** What the machine calls polls are the hands of a transport here: `LongPoll` gives no other. */
function handsOf({ context }: { readonly context: { readonly polls: unknown } }): PollImplementations {
  return context.polls as PollImplementations;
}

/** The machine with hands. Provided once for all poll slots of a process. */
const longPollLogic = longPollMachine.provide({
  actions: {
    hold: (at) => handsOf(at).hold(),
    queue: (at) => handsOf(at).queue(),
    promote: (at) => handsOf(at).promote(),
    greet: (at) => handsOf(at).greet(),
    giveMail: (at) => handsOf(at).giveMail(),
    giveNothing: (at) => handsOf(at).giveNothing(),
    dismiss: (at) => handsOf(at).dismiss(),
    refuse: (at) => handsOf(at).refuse(),
    awaitPoll: (at) => handsOf(at).awaitPoll(),
    awaitMail: (at) => handsOf(at).awaitMail(),
    awaitTaking: (at) => handsOf(at).awaitTaking(),
    awaitLeave: (at) => handsOf(at).awaitLeave(),
    stopWaiting: (at) => handsOf(at).stopWaiting(),
    cut: (at) => handsOf(at).cut(),
    end: (at) => handsOf(at).end(),
  },
});

/** The poll slot of one connection: an actor beside its hub actor. */
export class LongPoll implements PollSlot {
  readonly #actor: ActorRefFrom<typeof longPollLogic>;

  constructor(supervisor: Supervisor, implementations: PollImplementations) {
    this.#actor = supervisor.service(`polls:${implementations.connectionId}`, longPollLogic, {
      input: { polls: implementations },
      // Nobody decides about these polls any more: they end, and the connection with them.
      crashed: () => {
        implementations.cut();
        implementations.promote();
        implementations.dismiss();
        implementations.refuse();
        implementations.end();
      },
    });
  }

  pollArrived(mailWaits: boolean): void {
    this.#actor.send({ type: 'poll.arrived', mailWaits });
  }
  pollLeft(mailWaits: boolean): void {
    this.#actor.send({ type: 'poll.left', mailWaits });
  }
  nextLeft(): void {
    this.#actor.send({ type: 'next.left' });
  }
  mailArrived(): void {
    this.#actor.send({ type: 'mail.arrived' });
  }
  deadlinePassed(): void {
    this.#actor.send({ type: 'deadline.passed' });
  }
  deleteRequested(): void {
    this.#actor.send({ type: 'delete.requested' });
  }
  finished(): void {
    this.#actor.send({ type: 'transport.finished' });
  }
  terminated(): void {
    this.#actor.send({ type: 'transport.terminated' });
  }
}
