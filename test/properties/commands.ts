import fc from 'fast-check';
import { ProtocolError } from '../../src/errors.ts';
import { TRANSPORT_NAMES } from '../../src/protocol/negotiate.ts';
import { ReturningClient } from '../support/returning-client.ts';
import { type Address, callerAddress, contextAddress, group } from './addresses.ts';
import { CRASHES, crash } from './crash.ts';
import type { Habit, Member } from './member.ts';
import type { World } from './world.ts';
import type { Asking, Counting } from './world-hub.ts';

/** State that decides whether a command makes sense. */
export interface Model {
  members: number;
  isDraining: boolean;
}

/** A command that runs at a moment that fast-check's scheduler chooses. */
class Action implements fc.AsyncCommand<Model, World> {
  readonly #name: string;
  readonly #needs: (model: Model) => boolean;
  readonly #act: (world: World, model: Model) => void | Promise<void>;

  constructor(name: string, needs: Action['check'], act: (world: World, model: Model) => void | Promise<void>) {
    this.#name = name;
    this.#needs = needs;
    this.#act = act;
  }

  check(model: Readonly<Model>): boolean {
    return this.#needs(model);
  }

  async run(model: Model, world: World): Promise<void> {
    await this.#act(world, model);
    world.observe();
  }

  toString(): string {
    return this.#name;
  }
}

const some = fc.nat(5);
const always = () => true;

/** A command about one member. */
function ofMember<T>(
  name: string,
  data: fc.Arbitrary<T>,
  act: (member: Member, data: T, world: World) => void,
): fc.Arbitrary<Action> {
  return fc.tuple(some, data).map(
    ([at, value]) =>
      new Action(
        `${name}(#${at}, ${JSON.stringify(value)})`,
        (model) => model.members > 0,
        (world) => act(world.members[at % world.members.length] as Member, value, world),
      ),
  );
}

const nothing = fc.constant(undefined);
const habit: fc.Arbitrary<Habit> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('prompt') },
  { weight: 2, arbitrary: fc.constant('slow') },
  { weight: 1, arbitrary: fc.constantFrom('failing', 'endless') },
);

/** @param habits Behaviour of members when they connect and disconnect. */
function connect(habits: fc.Arbitrary<Habit>): fc.Arbitrary<Action> {
  const over = fc.constantFrom(...TRANSPORT_NAMES, 'Returning' as const);
  return fc.record({ over, connect: habits, disconnect: habits, greets: fc.integer({ min: 0, max: 9 }) }).map(
    ({ greets, ...coming }) =>
      new Action(
        `Connect(${coming.over}, ${coming.connect}, ${coming.disconnect}, ${greets > 0 ? 'greets' : 'silent'})`,
        (model) => !model.isDraining,
        (world, model) => {
          // The scheduler may have put a Drain between the check and this line.
          if (!world.server.parts.node.isAccepting) return;
          model.members += 1;
          const { client } = world.open(coming).peer;
          if (greets > 0) client.handshake();
        },
      ),
  );
}

function call(name: string, argument: fc.Arbitrary<unknown>): fc.Arbitrary<Action> {
  return ofMember(name, fc.tuple(argument, fc.boolean()), (member, [value, wantsAnswer]) => {
    const id = `${member.key}.${member.asked.length}`;
    member.asked.push(id);
    if (wantsAnswer) member.awaited.push(id);
    member.peer.client.invoke(name, [id, value], wantsAnswer ? id : undefined);
  });
}

const addresses = fc.array(callerAddress, { minLength: 1, maxLength: 4 });

/** Calls that end by themselves, and messages to other members. */
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
  ofMember('Ping', nothing, ({ peer }) => peer.client.ping()),
  ofMember('LoseSocket', nothing, ({ peer }) => {
    if (peer.client instanceof ReturningClient) peer.client.cut();
  }),
  ...[1, 2, 3].map(() => ofMember('ComeBack', nothing, (member, _data, { server }) => member.comeBack(server))),
  ofMember('PollAgain', fc.boolean(), ({ peer }, givesUp) => peer.client.pollAgain(givesUp)),
  contextAddress.map(
    (address) =>
      new Action(
        `ContextSay(${JSON.stringify(address)})`,
        (model) => !model.isDraining,
        (world) => void world.say(address),
      ),
  ),
  fc
    .oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 12 }) }, { weight: 1, arbitrary: fc.constant(40) })
    .map((steps) => new Action(`Pass(${steps * 100})`, always, (world) => world.pass(steps * 100))),
];

const LOUD = fc.array(fc.constantFrom<Address>({ to: 'all' }, { to: 'others' }), { minLength: 8, maxLength: 16 });

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

/** Streams in both directions, and client results. */
export const STREAMING = [
  ...[1, 2, 3].map(() =>
    ofMember('Count', counting, (member, spec) => {
      const id = `${member.key}.s${member.streamed.length}`;
      member.streamed.push(id);
      if (spec.end === 'hangs') member.endless.push(id);
      member.peer.client.stream('Count', [id, spec], id);
    }),
  ),
  ofMember('Cancel', some, ({ streamed, peer }, which) => {
    const id = streamed[which % Math.max(1, streamed.length)];
    if (id !== undefined) peer.client.cancel(id);
  }),
  ...[1, 2].map(() =>
    ofMember('Read', fc.tuple(fc.constantFrom(0, 2, 100), fc.boolean()), (member, [most, wantsAnswer]) => {
      const id = `${member.key}.r${member.readings.size}`;
      const streamId = `${id}.u`;
      member.readings.set(id, { streamId, most, sent: [], end: undefined, read: undefined, outcome: undefined });
      const invocationId = wantsAnswer ? id : undefined;
      member.peer.client.sendRecord({
        type: 1,
        target: 'Read',
        arguments: [id, most],
        invocationId,
        streamIds: [streamId],
      });
    }),
  ),
  ...[1, 2, 3].map(() =>
    ofMember('Item', fc.tuple(some, fc.integer({ min: 1, max: 6 })), ({ readings, peer }, [which, count]) => {
      const open = [...readings.values()].filter(({ end }) => end === undefined);
      const reading = open[which % Math.max(1, open.length)];
      for (let n = 0; n < count && reading !== undefined; n++) {
        peer.client.sendItem(reading.streamId, reading.sent.length);
        reading.sent.push(reading.sent.length);
      }
    }),
  ),
  ofMember('EndUpload', fc.tuple(some, fc.boolean()), ({ readings, peer }, [which, isError]) => {
    const open = [...readings.values()].filter(({ end }) => end === undefined);
    const reading = open[which % Math.max(1, open.length)];
    if (reading === undefined) return;
    reading.end = isError ? 'failed' : 'whole';
    peer.client.complete(reading.streamId, isError ? { error: UPLOAD_ERROR } : {});
  }),
  call('Ask', asking),
  ofMember('Answer', answer, ({ answered, peer }, outcome) => {
    const question = peer.client.questions.find(({ invocationId = '' }) => !answered.has(invocationId));
    if (question?.invocationId === undefined) return;
    answered.add(question.invocationId);
    peer.client.complete(question.invocationId, outcome);
  }),
];

/** Clients that stop reading, and read again. */
export const SLOW = [
  ofMember('Stall', nothing, (member) => {
    member.isFlowing = false;
    member.peer.client.stall();
  }),
  ofMember('Take', fc.nat(3_000), ({ peer }, bytes) => peer.client.take(bytes)),
  ofMember('Flow', nothing, (member) => {
    member.isFlowing = true;
    member.peer.client.flow();
  }),
];

/** Everything that ends a connection. */
export const ENDS = [
  connect(habit),
  call('Hang', nothing),
  call('Abort', nothing),
  ofMember('Greet', nothing, ({ hasGreeted, peer }) => {
    if (!hasGreeted) peer.client.handshake();
  }),
  ofMember('SayGoodbye', fc.boolean(), ({ peer }, isError) => peer.client.sayGoodbye(isError ? 'why' : undefined)),
  ofMember('Close', nothing, ({ peer }) => peer.client.close()),
  ofMember('AnswerForAnother', some, ({ peer }, which, { members }) => {
    const [question] = (members[which % members.length] as Member).peer.client.questions;
    if (question?.invocationId !== undefined) peer.client.complete(question.invocationId, { result: true });
  }),
  ofMember('Cut', nothing, ({ peer }) => peer.client.cut()),
  ofMember('BreakFrame', nothing, ({ peer }) => peer.client.fail(new ProtocolError('SECRET'))),
  ofMember('SendGarbage', fc.string(), ({ peer }, text) => peer.client.sendGarbage(text)),
  ofMember('NeverAnswer', nothing, ({ peer }) => {
    peer.client.isPolite = false;
  }),
  ofMember('AbortFromOutside', fc.boolean(), ({ id, peer }, allowReconnect, { server }) => {
    if (!peer.isForgotten) server.host.hub.context.clients.client(id).abort({ allowReconnect });
  }),
  ofMember('Crash', fc.constantFrom(...CRASHES), crash),
  fc.nat(2_000).map(
    (drainMs) =>
      new Action(`Drain(${drainMs})`, always, (world, model) => {
        model.isDraining = true;
        world.server.parts.close({ drainMs });
      }),
  ),
];

export type Commands = Iterable<fc.AsyncCommand<Model, World>>;

/** A random history of commands of these kinds. A kind that is given twice is twice as frequent. */
export function history(...kinds: readonly (readonly fc.Arbitrary<Action>[])[]): fc.Arbitrary<Commands> {
  return fc.commands(kinds.flat(), { maxCommands: 50, size: 'max' });
}
