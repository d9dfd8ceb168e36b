import fc from 'fast-check';
import { ProtocolError } from '../../src/errors.ts';
import { TRANSPORT_NAMES } from '../../src/protocol/negotiate.ts';
import { ReturningClient } from '../support/returning-client.ts';
import { type Address, callerAddress, contextAddress, group, twoGroups } from './addresses.ts';
import { CRASHES, crash } from './crash.ts';
import type { Habit, Participant } from './participant.ts';
import type { Simulation } from './simulation.ts';
import type { Asking, Counting } from './simulation-hub.ts';

/** State that decides whether a command makes sense. */
export interface Model {
  participants: number;
  isDraining: boolean;
}

/** A command that runs at a moment that fast-check's scheduler chooses. */
class Action implements fc.AsyncCommand<Model, Simulation> {
  readonly #name: string;
  readonly #needs: (model: Model) => boolean;
  readonly #act: (simulation: Simulation, model: Model) => void | Promise<void>;

  constructor(
    name: string,
    needs: Action['check'],
    act: (simulation: Simulation, model: Model) => void | Promise<void>,
  ) {
    this.#name = name;
    this.#needs = needs;
    this.#act = act;
  }

  check(model: Readonly<Model>): boolean {
    return this.#needs(model);
  }

  async run(model: Model, simulation: Simulation): Promise<void> {
    await this.#act(simulation, model);
    simulation.observe();
  }

  toString(): string {
    return this.#name;
  }
}

const some = fc.nat(5);
const always = () => true;

/** A command about one participant. */
function ofParticipant<T>(
  name: string,
  data: fc.Arbitrary<T>,
  act: (participant: Participant, data: T, simulation: Simulation) => void,
): fc.Arbitrary<Action> {
  return fc.tuple(some, data).map(
    ([at, value]) =>
      new Action(
        `${name}(#${at}, ${JSON.stringify(value)})`,
        (model) => model.participants > 0,
        (simulation) =>
          act(simulation.participants[at % simulation.participants.length] as Participant, value, simulation),
      ),
  );
}

const nothing = fc.constant(undefined);
const habit: fc.Arbitrary<Habit> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('prompt') },
  { weight: 2, arbitrary: fc.constant('slow') },
  { weight: 1, arbitrary: fc.constantFrom('failing', 'endless') },
);

/** @param habits Behaviour of participants when they connect and disconnect. */
function connect(habits: fc.Arbitrary<Habit>): fc.Arbitrary<Action> {
  const over = fc.constantFrom(...TRANSPORT_NAMES, 'Returning' as const, 'Plain' as const);
  return fc.record({ over, connect: habits, disconnect: habits, sendsHandshake: fc.integer({ min: 0, max: 9 }) }).map(
    ({ sendsHandshake, ...arrival }) =>
      new Action(
        `Connect(${arrival.over}, ${arrival.connect}, ${arrival.disconnect}, ${sendsHandshake > 0 ? 'handshake' : 'silent'})`,
        (model) => !model.isDraining,
        (simulation, model) => {
          // The scheduler may have put a Drain between the check and this line.
          if (!simulation.server.parts.node.isAccepting) return;
          model.participants += 1;
          const { client } = simulation.open(arrival).peer;
          if (sendsHandshake > 0) client.handshake();
        },
      ),
  );
}

function call(name: string, argument: fc.Arbitrary<unknown>): fc.Arbitrary<Action> {
  return ofParticipant(name, fc.tuple(argument, fc.boolean()), (participant, [value, wantsAnswer]) => {
    const id = `${participant.key}.${participant.asked.length}`;
    participant.asked.push(id);
    if (wantsAnswer) participant.awaited.push(id);
    participant.peer.client.invoke(name, [id, value], wantsAnswer ? id : undefined);
  });
}

const addresses = fc.array(callerAddress, { minLength: 1, maxLength: 4 });

/** Calls that end by themselves, and messages to other participants. */
export const PEACEFUL = [
  connect(fc.constantFrom('prompt', 'prompt', 'slow')),
  call('Say', addresses),
  call('Say', addresses),
  call('Say', addresses),
  call('SaySlowly', addresses),
  call('Join', group),
  call('Join', group),
  call('Leave', group),
  call('Rename', fc.string({ maxLength: 5 })),
  call('Echo', fc.jsonValue({ maxDepth: 1 })),
  call('Wait', nothing),
  call('Fail', fc.boolean()),
  call('FailSlowly', fc.boolean()),
  ofParticipant('Ping', nothing, ({ peer }) => peer.client.ping()),
  ofParticipant('LoseSocket', nothing, ({ peer }) => {
    if (peer.client instanceof ReturningClient) peer.client.cut();
  }),
  ...[1, 2, 3].map(() =>
    ofParticipant('ComeBack', nothing, (participant, _data, { server }) => participant.comeBack(server)),
  ),
  ofParticipant('PollAgain', fc.boolean(), ({ peer }, givesUp) => peer.client.pollAgain(givesUp)),
  contextAddress.map(
    (address) =>
      new Action(
        `ContextSay(${JSON.stringify(address)})`,
        (model) => !model.isDraining,
        (simulation) => void simulation.say(address),
      ),
  ),
  fc
    .oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 12 }) }, { weight: 1, arbitrary: fc.constant(40) })
    .map((steps) => new Action(`Pass(${steps * 100})`, always, (simulation) => simulation.pass(steps * 100))),
];

const LOUD = fc.array(fc.constantFrom<Address>({ to: 'all' }, { to: 'others' }), { minLength: 8, maxLength: 16 });

/** Commands of one kind, for histories in which they have to be frequent. */
export const GROUPED = [call('Join', group), call('Join', group), call('Say', fc.tuple(twoGroups))];
export const LOSSES = [
  some.map(
    (which) =>
      new Action(`LoseSocketOfOneThatMayComeBack(${which})`, always, ({ participants }) => {
        const all = participants.filter(({ peer }) => peer.client instanceof ReturningClient);
        all[which % Math.max(1, all.length)]?.peer.client.cut();
      }),
  ),
];
export const RENAMES = [call('Rename', fc.string({ maxLength: 5 }))];

/** Calls that send much at once. */
export const NOISY = [call('Say', LOUD), call('SaySlowly', LOUD)];

const counting: fc.Arbitrary<Counting> = fc.record({
  count: fc.nat(6),
  isSlow: fc.boolean(),
  end: fc.constantFrom('returns', 'returns', 'returns', 'throws', 'yields what cannot be written', 'hangs'),
});
const asking: fc.Arbitrary<Asking> = fc.record({ whom: fc.nat(5), timeoutMs: fc.constantFrom(0, 500, 4_000) });
/** Error text with which a client fails its upload. */
export const UPLOAD_ERROR = 'out of items';
const answer = fc.constantFrom({ result: true }, { error: 'no' }, {});

/** Uploads of clients. */
export const UPLOADS = [
  ...[1, 2].map(() =>
    ofParticipant('Read', fc.tuple(fc.constantFrom(0, 2, 100), fc.boolean()), (participant, [most, wantsAnswer]) => {
      const id = `${participant.key}.r${participant.uploads.size}`;
      const streamId = `${id}.u`;
      participant.uploads.set(id, { streamId, most, sent: [], end: undefined, read: undefined, outcome: undefined });
      const invocationId = wantsAnswer ? id : undefined;
      participant.peer.client.sendRecord({
        type: 1,
        target: 'Read',
        arguments: [id, most],
        invocationId,
        streamIds: [streamId],
      });
    }),
  ),
  ...[1, 2, 3].map(() =>
    ofParticipant('Item', fc.tuple(some, fc.integer({ min: 1, max: 6 })), ({ uploads, peer }, [which, count]) => {
      const open = [...uploads.values()].filter(({ end }) => end === undefined);
      const reading = open[which % Math.max(1, open.length)];
      for (let n = 0; n < count && reading !== undefined; n++) {
        peer.client.sendItem(reading.streamId, reading.sent.length);
        reading.sent.push(reading.sent.length);
      }
    }),
  ),
  ofParticipant('EndUpload', fc.tuple(some, fc.boolean()), ({ uploads, peer }, [which, isError]) => {
    const open = [...uploads.values()].filter(({ end }) => end === undefined);
    const reading = open[which % Math.max(1, open.length)];
    if (reading === undefined) return;
    reading.end = isError ? 'failed' : 'whole';
    peer.client.complete(reading.streamId, isError ? { error: UPLOAD_ERROR } : {});
  }),
];

/** Client results. */
export const CLIENT_RESULTS = [
  call('Ask', asking),
  ofParticipant('Answer', answer, ({ answered, peer }, outcome) => {
    const request = peer.client.requestedResults.find(({ invocationId = '' }) => !answered.has(invocationId));
    if (request?.invocationId === undefined) return;
    answered.add(request.invocationId);
    peer.client.complete(request.invocationId, outcome);
  }),
];

/** Streams in both directions, and client results. */
export const STREAMING = [
  ...[1, 2, 3].map(() =>
    ofParticipant('Count', counting, (participant, spec) => {
      const id = `${participant.key}.s${participant.streamed.length}`;
      participant.streamed.push(id);
      if (spec.end === 'hangs') participant.endless.push(id);
      participant.peer.client.stream('Count', [id, spec], id);
    }),
  ),
  ofParticipant('Cancel', some, ({ streamed, peer }, which) => {
    const id = streamed[which % Math.max(1, streamed.length)];
    if (id !== undefined) peer.client.cancel(id);
  }),
  ...UPLOADS,
  ...CLIENT_RESULTS,
];

/** Clients that stop reading, and read again. */
export const SLOW = [
  ofParticipant('Stall', nothing, (participant) => {
    participant.isFlowing = false;
    participant.peer.client.stall();
  }),
  ofParticipant('Take', fc.nat(3_000), ({ peer }, bytes) => peer.client.take(bytes)),
  ofParticipant('Flow', nothing, (participant) => {
    participant.isFlowing = true;
    participant.peer.client.flow();
  }),
];

/** Everything that ends a connection. */
export const ENDS = [
  connect(habit),
  call('Hang', nothing),
  call('Abort', nothing),
  ofParticipant('Handshake', nothing, ({ isAccepted, peer }) => {
    if (!isAccepted) peer.client.handshake();
  }),
  ofParticipant('SendClose', fc.boolean(), ({ peer }, isError) => peer.client.sendClose(isError ? 'why' : undefined)),
  ofParticipant('Close', nothing, ({ peer }) => peer.client.close()),
  ofParticipant('AnswerForAnother', some, ({ peer }, which, { participants }) => {
    const [request] = (participants[which % participants.length] as Participant).peer.client.requestedResults;
    if (request?.invocationId !== undefined) peer.client.complete(request.invocationId, { result: true });
  }),
  ofParticipant('Cut', nothing, ({ peer }) => peer.client.cut()),
  ofParticipant('BreakFrame', nothing, ({ peer }) => peer.client.fail(new ProtocolError('SECRET'))),
  ofParticipant('SendGarbage', fc.string(), ({ peer }, text) => peer.client.sendGarbage(text)),
  ofParticipant('NeverAnswer', nothing, ({ peer }) => {
    peer.client.answersClose = false;
  }),
  ofParticipant('AbortFromOutside', fc.boolean(), ({ id, peer }, allowReconnect, { server }) => {
    if (!peer.isForgotten) server.host.hub.context.clients.client(id).abort({ allowReconnect });
  }),
  ofParticipant('Crash', fc.constantFrom(...CRASHES), crash),
  fc.nat(2_000).map(
    (drainMs) =>
      new Action(`Drain(${drainMs})`, always, (simulation, model) => {
        model.isDraining = true;
        simulation.server.parts.close({ drainMs });
      }),
  ),
];

export type Commands = Iterable<fc.AsyncCommand<Model, Simulation>>;

/** A random history of commands of these kinds. A kind that is given twice is twice as frequent. */
export function history(...kinds: readonly (readonly fc.Arbitrary<Action>[])[]): fc.Arbitrary<Commands> {
  return fc.commands(kinds.flat(), { maxCommands: 50, size: 'max' });
}
