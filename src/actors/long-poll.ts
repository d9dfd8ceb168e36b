import type { ActorRefFrom } from 'xstate';
import { type LongPollEvent, longPollMachine, type PollArrived } from '../../machines/long-poll.ts';
import type { LongPollActor, Poll, PollImplementations } from '../transports/long-poll-port.ts';
import type { Supervisor } from './supervisor.ts';

/** The implementations are what `LongPoll` gave the machine as its polls. */
function implementationsOf({ context }: { readonly context: { readonly polls: unknown } }): PollImplementations {
  return context.polls as PollImplementations;
}

/** The poll is what `pollArrived` put into the event: no other event leads to the actions that ask for it. */
function pollOf({ event }: { readonly event: LongPollEvent }): Poll {
  return (event as PollArrived).poll as Poll;
}

/** The machine with its implementations: one for all connections of a process. */
const longPollLogic = longPollMachine.provide({
  actions: {
    hold: (at) => implementationsOf(at).hold(pollOf(at)),
    queue: (at) => implementationsOf(at).queue(pollOf(at)),
    refuse: (at) => implementationsOf(at).refuse(pollOf(at)),
    promote: (at) => implementationsOf(at).promote(),
    answerFirst: (at) => implementationsOf(at).answerFirst(),
    answerWithMessages: (at) => implementationsOf(at).answerWithMessages(),
    answerEmpty: (at) => implementationsOf(at).answerEmpty(),
    answerNoContent: (at) => implementationsOf(at).answerNoContent(),
    terminatePoll: (at) => implementationsOf(at).terminatePoll(),
    awaitPoll: (at) => implementationsOf(at).awaitPoll(),
    awaitMessage: (at) => implementationsOf(at).awaitMessage(),
    awaitAnswerTaken: (at) => implementationsOf(at).awaitAnswerTaken(),
    awaitLastPoll: (at) => implementationsOf(at).awaitLastPoll(),
    stopWaiting: (at) => implementationsOf(at).stopWaiting(),
    end: (at) => implementationsOf(at).end(),
  },
});

/** The actor of the polls of one connection, beside its hub actor. */
export class LongPoll implements LongPollActor {
  readonly #actor: ActorRefFrom<typeof longPollLogic>;

  constructor(supervisor: Supervisor, implementations: PollImplementations) {
    this.#actor = supervisor.service(`polls:${implementations.connectionId}`, longPollLogic, {
      input: { polls: implementations },
      // Without the machine nothing decides about these polls any more: they end, and the connection with them.
      crashed: () => {
        implementations.terminatePoll();
        implementations.promote();
        implementations.answerNoContent();
        implementations.end();
      },
    });
  }

  pollArrived(poll: Poll, messagesWait: boolean): void {
    this.#actor.send({ type: 'poll.arrived', poll, messagesWait });
    // The machine crashed before it decided about this poll. One that it had answered stays as it is.
    if (this.#actor.getSnapshot().status === 'error') poll.refuse();
  }
  pollLeft(messagesWait: boolean): void {
    this.#actor.send({ type: 'poll.left', messagesWait });
  }
  nextLeft(): void {
    this.#actor.send({ type: 'next.left' });
  }
  messageArrived(): void {
    this.#actor.send({ type: 'message.arrived' });
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
