import { setup } from 'xstate';

/** The polls of one connection, as the machine sees them: a name. `provide()` gives the machine its implementations. */
export interface OwnedPolls {
  readonly connectionId: string;
  /** Keeps requests and buffers out of snapshots, which the inspector shows. */
  toJSON(): unknown;
}

/**
 * The client polls. Of all events only this one leads to the actions `hold`, `queue` and `refuse`, which take the poll
 * from it: parameters of actions would cost two more objects for each poll.
 */
export interface PollArrived {
  readonly type: 'poll.arrived';
  /** Whether there are messages to answer with. */
  readonly messagesWait: boolean;
  /** Without public fields: the inspector shows events. */
  readonly poll: object;
}

export type LongPollEvent =
  | PollArrived
  /** The answer of the current poll has been taken, or the client has closed the request. */
  | { readonly type: 'poll.left'; readonly messagesWait: boolean }
  /** The client has closed the request of the next poll. */
  | { readonly type: 'next.left' }
  /** There is a message for the client. */
  | { readonly type: 'message.arrived' }
  | { readonly type: 'deadline.passed' }
  /** The client asks for the end of the connection, with DELETE. */
  | { readonly type: 'delete.requested' }
  /** The connection has written its last byte. */
  | { readonly type: 'transport.finished' }
  | { readonly type: 'transport.terminated' };

/**
 * The polls of a Long Polling connection. One poll at a time is the current one: it waits for messages, or is being
 * answered with them. One more, the next poll, may wait behind it. The machine hears of polls and of the first message
 * for a waiting one. Further messages go with that answer, or wait for the next poll.
 */
export const longPollMachine = setup({
  types: {
    context: {} as { readonly polls: OwnedPolls },
    events: {} as LongPollEvent,
    input: {} as { readonly polls: OwnedPolls },
  },
  actions: {
    hold: () => {},
    queue: () => {},
    refuse: () => {},
    promote: () => {},
    answerFirst: () => {},
    answerWithMessages: () => {},
    answerEmpty: () => {},
    answerNoContent: () => {},
    terminatePoll: () => {},
    awaitPoll: () => {},
    awaitMessage: () => {},
    awaitAnswerTaken: () => {},
    awaitLastPoll: () => {},
    stopWaiting: () => {},
    end: () => {},
  },
  guards: {
    messagesWait: ({ event }) => 'messagesWait' in event && event.messagesWait,
  },
}).createMachine({
  id: 'long-poll',
  context: ({ input }) => ({ polls: input.polls }),
  initial: 'open',
  states: {
    open: {
      initial: 'fresh',
      on: { 'transport.terminated': { target: 'over', actions: ['terminatePoll', 'promote', 'answerNoContent'] } },
      states: {
        // The first poll is answered at once and with nothing: it tells the client that the transport works.
        fresh: {
          on: {
            'poll.arrived': { target: 'answering', actions: ['hold', 'answerFirst'] },
            'transport.finished': '#long-poll.over',
          },
        },
        away: {
          entry: 'awaitPoll',
          exit: 'stopWaiting',
          on: {
            'poll.arrived': [
              { guard: 'messagesWait', target: 'answering', actions: ['hold', 'answerWithMessages'] },
              { target: 'polling', actions: 'hold' },
            ],
            'deadline.passed': '#long-poll.over',
            'delete.requested': '#long-poll.leaving.answered',
            'transport.finished': '#long-poll.ending.away',
          },
        },
        polling: {
          entry: 'awaitMessage',
          exit: 'stopWaiting',
          on: {
            'poll.arrived': { target: 'polling', reenter: true, actions: ['answerNoContent', 'hold'] },
            'poll.left': 'away',
            'message.arrived': { target: 'answering', actions: 'answerWithMessages' },
            'deadline.passed': { target: 'answering', actions: 'answerEmpty' },
            'delete.requested': '#long-poll.leaving.polling',
            'transport.finished': { target: '#long-poll.over', actions: 'answerNoContent' },
          },
        },
        answering: {
          entry: 'awaitAnswerTaken',
          exit: 'stopWaiting',
          on: {
            'poll.arrived': { target: 'handingOver', actions: 'queue' },
            'poll.left': 'away',
            'deadline.passed': { actions: 'terminatePoll' },
            'delete.requested': '#long-poll.leaving.answered',
            'transport.finished': '#long-poll.ending.answering',
          },
        },
        handingOver: {
          entry: 'awaitAnswerTaken',
          exit: 'stopWaiting',
          on: {
            'poll.arrived': { actions: 'refuse' },
            'poll.left': [
              { guard: 'messagesWait', target: 'answering', actions: ['promote', 'answerWithMessages'] },
              { target: 'polling', actions: 'promote' },
            ],
            'next.left': 'answering',
            'deadline.passed': { actions: 'terminatePoll' },
            'delete.requested': { target: '#long-poll.leaving.polling', actions: 'promote' },
            'transport.finished': '#long-poll.ending.handingOver',
          },
        },
      },
    },
    // The client has asked for the end: it polls no more, but a poll that waits still gets the last messages.
    leaving: {
      initial: 'polling',
      on: { 'transport.terminated': { target: 'over', actions: ['terminatePoll', 'promote', 'answerNoContent'] } },
      states: {
        polling: {
          on: {
            'message.arrived': { target: 'answered', actions: 'answerWithMessages' },
            'poll.left': 'answered',
            'transport.finished': { target: '#long-poll.over', actions: 'answerNoContent' },
          },
        },
        answered: { on: { 'transport.finished': '#long-poll.over' } },
      },
    },
    // The connection has ended: messages that wait go with the next poll, and the poll behind that one gets 204.
    ending: {
      initial: 'away',
      entry: 'awaitLastPoll',
      exit: 'stopWaiting',
      on: {
        'deadline.passed': { target: 'over', actions: ['terminatePoll', 'promote', 'answerNoContent'] },
        'delete.requested': 'over',
        'transport.terminated': { target: 'over', actions: ['terminatePoll', 'promote', 'answerNoContent'] },
      },
      states: {
        away: {
          on: {
            'poll.arrived': [
              { guard: 'messagesWait', target: 'answering', actions: ['hold', 'answerWithMessages'] },
              { target: '#long-poll.over', actions: ['hold', 'answerNoContent'] },
            ],
          },
        },
        answering: {
          on: {
            'poll.arrived': { target: 'handingOver', actions: 'queue' },
            'poll.left': 'away',
          },
        },
        handingOver: {
          on: {
            'poll.arrived': { actions: 'refuse' },
            'poll.left': [
              { guard: 'messagesWait', target: 'answering', actions: ['promote', 'answerWithMessages'] },
              { target: '#long-poll.over', actions: ['promote', 'answerNoContent'] },
            ],
            'next.left': 'answering',
            'delete.requested': { target: '#long-poll.over', actions: ['promote', 'answerNoContent'] },
          },
        },
      },
    },
    over: { type: 'final', entry: 'end' },
  },
});
