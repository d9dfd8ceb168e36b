import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LongPollEvent, longPollMachine } from '../../machines/long-poll.ts';
import { property } from '../support/property.ts';
import { pure, reachable, stateOf, steps } from './transitions.ts';

const PLAIN = [
  'next.left',
  'message.arrived',
  'deadline.passed',
  'delete.requested',
  'transport.finished',
  'transport.terminated',
] as const;
const poll = {};
const EVENTS: readonly LongPollEvent[] = [
  ...PLAIN.map((type) => ({ type })),
  { type: 'poll.arrived', messagesWait: false, poll },
  { type: 'poll.left', messagesWait: false },
];
const WITH_MESSAGES: readonly LongPollEvent[] = [
  { type: 'poll.arrived', messagesWait: true, poll },
  { type: 'poll.left', messagesWait: true },
];

// Ends are rare, so that most histories are long.
const event = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom<LongPollEvent>({ type: 'poll.arrived', messagesWait: false, poll }, ...WITH_MESSAGES),
  },
  { weight: 3, arbitrary: fc.constantFrom<LongPollEvent>({ type: 'poll.left', messagesWait: false }) },
  { weight: 2, arbitrary: fc.constantFrom(...EVENTS) },
);
const events = fc.array(event, { maxLength: 40, size: 'max' });
const input = { polls: { connectionId: 'c', toJSON: () => 'c' } };
const slot = pure(longPollMachine, input);

/** The polls as the transport has them. Each poll is the list of what has happened to it. */
class Polls {
  current: string[] | undefined;
  next: string[] | undefined;
  arrived: string[] | undefined;
  readonly all: string[][] = [];
  ends = 0;
  isDeleted = false;

  /** Whether such an event can come: only a poll that is there can leave, and a client that asked for the end polls no more. */
  allows(event: LongPollEvent): boolean {
    if (event.type === 'poll.arrived') return !this.isDeleted;
    if (event.type === 'poll.left') return this.current !== undefined;
    if (event.type === 'next.left') return this.next !== undefined;
    return event.type !== 'message.arrived' || this.current !== undefined;
  }

  before(event: LongPollEvent): void {
    this.isDeleted ||= event.type === 'delete.requested';
    if (event.type === 'poll.arrived') {
      this.arrived = [];
      this.all.push(this.arrived);
    }
    if (event.type === 'poll.left') {
      this.current?.push('left');
      this.current = undefined;
    }
    if (event.type === 'next.left') {
      this.next?.push('left');
      this.next = undefined;
    }
  }

  act(action: string): void {
    if (action === 'hold') this.current = this.arrived;
    else if (action === 'queue') this.next = this.arrived;
    else if (action === 'promote') [this.current, this.next] = [this.next, undefined];
    else if (action === 'refuse') this.arrived?.push(action);
    else if (['answerFirst', 'answerWithMessages', 'answerEmpty', 'answerNoContent', 'terminatePoll'].includes(action))
      this.current?.push(action);
    else if (action === 'end') this.ends += 1;
  }
}

/** Sends the events that an actor would get. */
function walk(heard: readonly LongPollEvent[]) {
  let { snapshot, actions } = slot.start();
  const polls = new Polls();
  const waiting: string[] = [];
  for (const event of heard) {
    if (snapshot.status !== 'active') break;
    if (!polls.allows(event)) continue;
    polls.before(event);
    ({ snapshot, actions } = slot.next(snapshot, event));
    for (const action of actions) {
      polls.act(action);
      if (action.startsWith('await')) waiting.push(action);
      if (action === 'stopWaiting') waiting.pop();
    }
  }
  return { snapshot, polls, waiting };
}

/** The answers among what a poll has been told; a terminatePoll ends whatever was on its way. */
const answersOf = (poll: readonly string[]) => poll.filter((told) => told !== 'left' && told !== 'terminatePoll');

describe('the polls of a connection', () => {
  test('are held, queued and refused when they arrive, since the event of that has the poll', () => {
    const taking = steps(longPollMachine, [...EVENTS, ...WITH_MESSAGES], input).filter((step) =>
      /hold|queue|refuse/.test(step.slice(step.lastIndexOf(':'))),
    );
    expect(taking.length).toBeGreaterThan(0);
    expect(taking.filter((step) => !step.includes(' + poll.arrived -> '))).toEqual([]);
  });

  test('take their turns like this, and not otherwise', () => {
    const endings = ['open.away', 'open.polling', 'open.answering', 'open.handingOver', 'open.fresh'];
    const stops = (state: string) => (state === 'open.fresh' ? '' : 'stopWaiting, ');
    expect(steps(longPollMachine, EVENTS, input).sort()).toEqual(
      [
        'open.fresh + poll.arrived -> open.answering: hold, answerFirst, awaitAnswerTaken',
        'open.fresh + transport.finished -> over: end',
        ...endings.map(
          (state) =>
            `${state} + transport.terminated -> over: ${stops(state)}terminatePoll, promote, answerNoContent, end`,
        ),

        'open.away + poll.arrived -> open.polling: stopWaiting, hold, awaitMessage',
        'open.away + deadline.passed -> over: stopWaiting, end',
        'open.away + delete.requested -> leaving.answered: stopWaiting',
        'open.away + transport.finished -> ending.away: stopWaiting, awaitLastPoll',

        'open.polling + poll.arrived -> open.polling: stopWaiting, answerNoContent, hold, awaitMessage',
        'open.polling + poll.left -> open.away: stopWaiting, awaitPoll',
        'open.polling + message.arrived -> open.answering: stopWaiting, answerWithMessages, awaitAnswerTaken',
        'open.polling + deadline.passed -> open.answering: stopWaiting, answerEmpty, awaitAnswerTaken',
        'open.polling + delete.requested -> leaving.polling: stopWaiting',
        'open.polling + transport.finished -> over: stopWaiting, answerNoContent, end',

        'open.answering + poll.arrived -> open.handingOver: stopWaiting, queue, awaitAnswerTaken',
        'open.answering + poll.left -> open.away: stopWaiting, awaitPoll',
        'open.answering + deadline.passed -> open.answering: terminatePoll',
        'open.answering + delete.requested -> leaving.answered: stopWaiting',
        'open.answering + transport.finished -> ending.answering: stopWaiting, awaitLastPoll',

        'open.handingOver + poll.arrived -> open.handingOver: refuse',
        'open.handingOver + poll.left -> open.polling: stopWaiting, promote, awaitMessage',
        'open.handingOver + deadline.passed -> open.handingOver: terminatePoll',
        'open.handingOver + next.left -> open.answering: stopWaiting, awaitAnswerTaken',
        'open.handingOver + delete.requested -> leaving.polling: stopWaiting, promote',
        'open.handingOver + transport.finished -> ending.handingOver: stopWaiting, awaitLastPoll',

        'leaving.polling + message.arrived -> leaving.answered: answerWithMessages',
        'leaving.polling + poll.left -> leaving.answered',
        'leaving.polling + transport.finished -> over: answerNoContent, end',
        'leaving.polling + transport.terminated -> over: terminatePoll, promote, answerNoContent, end',
        'leaving.answered + transport.finished -> over: end',
        'leaving.answered + transport.terminated -> over: terminatePoll, promote, answerNoContent, end',

        'ending.away + poll.arrived -> over: stopWaiting, hold, answerNoContent, end',
        'ending.answering + poll.arrived -> ending.handingOver: queue',
        'ending.answering + poll.left -> ending.away',
        'ending.handingOver + poll.arrived -> ending.handingOver: refuse',
        'ending.handingOver + poll.left -> over: stopWaiting, promote, answerNoContent, end',
        'ending.handingOver + next.left -> ending.answering',
        'ending.handingOver + delete.requested -> over: stopWaiting, promote, answerNoContent, end',
        ...['away', 'answering'].map((state) => `ending.${state} + delete.requested -> over: stopWaiting, end`),
        ...['away', 'answering', 'handingOver'].flatMap((state) => [
          `ending.${state} + deadline.passed -> over: stopWaiting, terminatePoll, promote, answerNoContent, end`,
          `ending.${state} + transport.terminated -> over: stopWaiting, terminatePoll, promote, answerNoContent, end`,
        ]),
      ].sort(),
    );
  });

  test('are answered at once with messages that wait', () => {
    const all = reachable(longPollMachine, EVENTS, input);
    const withMessages = [...all].flatMap(([state, snapshot]) =>
      WITH_MESSAGES.map((event) => {
        const { snapshot: after, actions } = slot.next(snapshot, event);
        return `${state} + ${event.type} -> ${stateOf(after)}: ${actions.filter((one) => !/wait|Wait/.test(one)).join(', ')}`;
      }),
    );
    expect(withMessages.filter((line) => line.endsWith('answerWithMessages')).sort()).toEqual([
      'ending.away + poll.arrived -> ending.answering: hold, answerWithMessages',
      'ending.handingOver + poll.left -> ending.answering: promote, answerWithMessages',
      'open.away + poll.arrived -> open.answering: hold, answerWithMessages',
      'open.handingOver + poll.left -> open.answering: promote, answerWithMessages',
    ]);
  });

  property('are each answered at most once, and none waits for an answer when it is over', [events], 500, (heard) => {
    const { snapshot, polls } = walk(heard);
    for (const poll of polls.all) expect(answersOf(poll).length, String(poll)).toBeLessThanOrEqual(1);
    const unanswered = polls.all.filter((poll) => poll.length === 0);
    expect(unanswered.length).toBeLessThanOrEqual(snapshot.status === 'done' ? 0 : 2);
  });

  property(
    'hold the slot one at a time, and one more may stand behind it',
    [events],
    {
      runs: 300,
      sometimes: ['one holds it', 'one stands behind', 'nobody holds it'],
      examples: [[[...WITH_MESSAGES, { type: 'poll.arrived', messagesWait: false, poll }]]],
    },
    (heard, reached) => {
      const { snapshot, polls } = walk(heard);
      if (snapshot.status !== 'active') return;
      const state = stateOf(snapshot);
      const [hasCurrent, hasNext] = [polls.current !== undefined, polls.next !== undefined];
      reached('one holds it', hasCurrent && !hasNext);
      reached('one stands behind', hasNext);
      reached('nobody holds it', !hasCurrent);
      expect({ state, hasNext }).toEqual({ state, hasNext: state.endsWith('handingOver') });
      // When the client has requested the end, it no longer matters whether it has taken its answer.
      if (state === 'leaving.answered') return;
      expect({ state, hasCurrent }).toEqual({ state, hasCurrent: /polling|answering|handingOver/.test(state) });
    },
  );

  property(
    'have a deadline wherever they wait for their client, and none when they have ended, once',
    [events],
    { runs: 300, sometimes: ['it has ended', 'a deadline runs', 'no deadline runs'] },
    (heard, reached) => {
      const { snapshot, polls, waiting } = walk(heard);
      expect(polls.ends).toBe(snapshot.status === 'done' ? 1 : 0);
      const state = stateOf(snapshot);
      // In the other states the connection has to act, which has its own limits.
      const isDriven = /fresh|leaving|over/.test(state);
      reached('it has ended', snapshot.status === 'done');
      reached(isDriven ? 'no deadline runs' : 'a deadline runs');
      expect({ state, deadlines: waiting.length }).toEqual({ state, deadlines: isDriven ? 0 : 1 });
    },
  );

  property('can be ended from wherever they are', [events], 200, (heard) => {
    expect(walk([...heard, { type: 'transport.terminated' }]).snapshot.status).toBe('done');
  });
});
