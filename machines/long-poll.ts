import { setup } from 'xstate';

/** The polls of one connection, as the machine sees them: a name. What can be done to them is given by `provide()`. */
export interface OwnedPolls {
  readonly connectionId: string;
  /** Requests and buffers must not end up in a snapshot that somebody prints. */
  toJSON(): unknown;
}

export type LongPollEvent =
  /** The client polls. `mailWaits`: there is something to answer with. */
  | { readonly type: 'poll.arrived'; readonly mailWaits: boolean }
  /** The answer of the poll that has the slot was taken, or its client has let go of it. */
  | { readonly type: 'poll.left'; readonly mailWaits: boolean }
  /** The client has let go of the poll that stands behind it. */
  | { readonly type: 'next.left' }
  /** There is something for the client. */
  | { readonly type: 'mail.arrived' }
  | { readonly type: 'deadline.passed' }
  /** The client asks for the end, with DELETE. */
  | { readonly type: 'delete.requested' }
  /** The connection has written its last byte. */
  | { readonly type: 'transport.finished' }
  | { readonly type: 'transport.terminated' };

/**
 * The poll slot of a Long Polling connection: one poll at a time waits for messages, or is being answered with them. It
 * hears of polls and of the first message for a waiting one; further messages go with that answer, or wait for the next.
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
    promote: () => {},
    greet: () => {},
    giveMail: () => {},
    giveNothing: () => {},
    dismiss: () => {},
    refuse: () => {},
    awaitPoll: () => {},
    awaitMail: () => {},
    awaitTaking: () => {},
    awaitLeave: () => {},
    stopWaiting: () => {},
    cut: () => {},
    end: () => {},
  },
  guards: {
    mailWaits: ({ event }) => 'mailWaits' in event && event.mailWaits,
  },
}).createMachine({
  id: 'long-poll',
  context: ({ input }) => ({ polls: input.polls }),
  initial: 'open',
  states: {
    open: {
      initial: 'fresh',
      on: { 'transport.terminated': { target: 'over', actions: ['cut', 'promote', 'dismiss'] } },
      states: {
        // The first poll is answered at once, and with nothing: it tells the client that the transport works.
        fresh: {
          on: {
            'poll.arrived': { target: 'answering', actions: ['hold', 'greet'] },
            'transport.finished': '#long-poll.over',
          },
        },
        away: {
          entry: 'awaitPoll',
          exit: 'stopWaiting',
          on: {
            'poll.arrived': [
              { guard: 'mailWaits', target: 'answering', actions: ['hold', 'giveMail'] },
              { target: 'polling', actions: 'hold' },
            ],
            'deadline.passed': '#long-poll.over',
            'delete.requested': '#long-poll.leaving.answered',
            'transport.finished': '#long-poll.ending.away',
          },
        },
        polling: {
          entry: 'awaitMail',
          exit: 'stopWaiting',
          on: {
            'poll.arrived': { target: 'polling', reenter: true, actions: ['dismiss', 'hold'] },
            'poll.left': 'away',
            'mail.arrived': { target: 'answering', actions: 'giveMail' },
            'deadline.passed': { target: 'answering', actions: 'giveNothing' },
            'delete.requested': '#long-poll.leaving.polling',
            'transport.finished': { target: '#long-poll.over', actions: 'dismiss' },
          },
        },
        answering: {
          entry: 'awaitTaking',
          exit: 'stopWaiting',
          on: {
            'poll.arrived': { target: 'handingOver', actions: 'queue' },
            'poll.left': 'away',
            'deadline.passed': { actions: 'cut' },
            'delete.requested': '#long-poll.leaving.answered',
            'transport.finished': '#long-poll.ending.answering',
          },
        },
        handingOver: {
          entry: 'awaitTaking',
          exit: 'stopWaiting',
          on: {
            'poll.arrived': { actions: 'refuse' },
            'poll.left': [
              { guard: 'mailWaits', target: 'answering', actions: ['promote', 'giveMail'] },
              { target: 'polling', actions: 'promote' },
            ],
            'next.left': 'answering',
            'deadline.passed': { actions: 'cut' },
            'delete.requested': { target: '#long-poll.leaving.polling', actions: 'promote' },
            'transport.finished': '#long-poll.ending.handingOver',
          },
        },
      },
    },
    // The client has asked for the end: nobody polls any more, but a poll that waits is told how it ends.
    leaving: {
      initial: 'polling',
      on: { 'transport.terminated': { target: 'over', actions: ['cut', 'promote', 'dismiss'] } },
      states: {
        polling: {
          on: {
            'mail.arrived': { target: 'answered', actions: 'giveMail' },
            'poll.left': 'answered',
            'transport.finished': { target: '#long-poll.over', actions: 'dismiss' },
          },
        },
        answered: { on: { 'transport.finished': '#long-poll.over' } },
      },
    },
    // The connection has ended: what waits goes with the next poll, and the poll behind it learns that it was the last.
    ending: {
      initial: 'away',
      entry: 'awaitLeave',
      exit: 'stopWaiting',
      on: {
        'deadline.passed': { target: 'over', actions: ['cut', 'promote', 'dismiss'] },
        'delete.requested': 'over',
        'transport.terminated': { target: 'over', actions: ['cut', 'promote', 'dismiss'] },
      },
      states: {
        away: {
          on: {
            'poll.arrived': [
              { guard: 'mailWaits', target: 'answering', actions: ['hold', 'giveMail'] },
              { target: '#long-poll.over', actions: ['hold', 'dismiss'] },
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
              { guard: 'mailWaits', target: 'answering', actions: ['promote', 'giveMail'] },
              { target: '#long-poll.over', actions: ['promote', 'dismiss'] },
            ],
            'next.left': 'answering',
            'delete.requested': { target: '#long-poll.over', actions: ['promote', 'dismiss'] },
          },
        },
      },
    },
    over: { type: 'final', entry: 'end' },
  },
});
