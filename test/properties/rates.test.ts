import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { method, type Rate, setupHub } from '../../src/index.ts';
import { MemoryServer, type Peer } from '../support/memory-server.ts';
import { property } from '../support/property.ts';

interface Listener {
  Said(): void;
  Told(): void;
}

const KINDS = ['calls', 'broadcast', 'whisper'] as const;
type Kind = (typeof KINDS)[number];
const METHODS: Readonly<Record<Kind, string>> = { calls: 'Nothing', broadcast: 'Say', whisper: 'Tell' };
const USERS = ['ann', 'bob', undefined] as const;

const rate: fc.Arbitrary<Rate> = fc.record({
  perSecond: fc.constantFrom(1, 2, 5, 10),
  burst: fc.integer({ min: 1, max: 5 }),
});
const settings = fc.record({ calls: rate, broadcast: rate, whisper: rate, perUserFactor: fc.constantFrom(1, 2) });

type Step =
  | { readonly does: 'call'; readonly who: number; readonly kind: Kind; readonly times: number }
  | { readonly does: 'connect'; readonly user: number }
  | { readonly does: 'reconnect'; readonly who: number }
  | { readonly does: 'pass'; readonly ms: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        does: fc.constant('call' as const),
        who: fc.nat(7),
        kind: fc.constantFrom(...KINDS),
        times: fc.integer({ min: 1, max: 4 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('connect' as const), user: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('reconnect' as const), who: fc.nat(7) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        does: fc.constant('pass' as const),
        // A process that was stopped goes on with a clock that has jumped.
        ms: fc.oneof(
          { weight: 6, arbitrary: fc.integer({ min: 1, max: 12 }).map((n) => n * 100) },
          { weight: 1, arbitrary: fc.constant(3_600_000) },
        ),
      }),
    },
  ),
  { maxLength: 60, size: 'max' },
);

/** A token bucket as a book describes it. */
class ModelBucket {
  readonly #rate: Required<Rate>;
  #tokens: number;
  #at = 0;

  constructor({ perSecond, burst = perSecond }: Rate, factor: number) {
    this.#rate = { perSecond: perSecond * factor, burst: burst * factor };
    this.#tokens = this.#rate.burst;
  }

  has(now: number): boolean {
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + ((now - this.#at) / 1_000) * this.#rate.perSecond);
    this.#at = now;
    return this.#tokens >= 1 - 1e-6;
  }

  take(): void {
    this.#tokens -= 1;
  }
}

/** Buckets by a name, made when they are first asked for. */
class ModelBuckets {
  readonly #buckets = new Map<string, ModelBucket>();
  readonly #make: (kind: Kind) => ModelBucket;

  constructor(make: (kind: Kind) => ModelBucket) {
    this.#make = make;
  }

  of(owner: string, kind: Kind): ModelBucket {
    const name = `${owner} ${kind}`;
    const bucket = this.#buckets.get(name) ?? this.#make(kind);
    this.#buckets.set(name, bucket);
    return bucket;
  }
}

interface Member {
  peer: Peer;
  readonly user: string | undefined;
}

function serve(rates: { readonly [K in Kind]: Rate } & { readonly perUserFactor: number }) {
  const hub = setupHub({ client: {} as Listener }).createHub({
    methods: {
      Nothing: method([], () => {}),
      Say: method([], (hub) => hub.clients.others.send('Said')),
      Tell: method([], (hub) => hub.clients.caller.send('Told')),
    },
  });
  // Nobody pings: a jump of the clock must end no connection.
  const silence = { keepAliveIntervalMs: 2_000_000_000, clientTimeoutMs: 2_000_000_000 };
  const hubOptions = { plain: true, ...silence, rates: { ...rates, patience: 10_000 } };
  return new MemoryServer(hub, { hubOptions });
}

describe('whoever calls and sends, from several connections, and after each reconnect', () => {
  property(
    'gets through exactly what the rates of the connection and of its user allow, of each kind by itself',
    [settings, steps],
    {
      runs: 100,
      sometimes: [
        'a call is refused',
        'a broadcast is refused',
        'a whisper is refused',
        'a connection is refused for its user',
        'a user is refused right after a reconnect',
      ],
    },
    async (rates, todo, reached) => {
      const server = serve(rates);
      const own = new ModelBuckets((kind) => new ModelBucket(rates[kind], 1));
      const ofUsers = new ModelBuckets((kind) => new ModelBucket(rates[kind], rates.perUserFactor));
      const members: Member[] = [];
      let connections = 0;
      const open = async (user: string | undefined): Promise<Peer> => {
        connections += 1;
        const who = { id: `c${connections}`, ...(user === undefined ? {} : { user: { id: user, roles: [] } }) };
        const peer = connections % 2 === 0 ? server.openPlain(who) : server.open(who);
        peer.client.handshake();
        await server.settle();
        return peer;
      };
      for (const user of USERS) members.push({ peer: await open(user), user });
      const allows = ({ peer, user }: Member, kind: Kind): boolean => {
        const now = server.clock.now();
        const buckets = [own.of(peer.id, kind), ...(user === undefined ? [] : [ofUsers.of(user, kind)])];
        const [hasOwn, hasUsers = true] = buckets.map((bucket) => bucket.has(now));
        reached('a connection is refused for its user', hasOwn === true && !hasUsers);
        if (hasOwn !== true || !hasUsers) return false;
        for (const bucket of buckets) bucket.take();
        return true;
      };
      let calls = 0;
      let latest: Step['does'] | undefined;
      for (const step of todo) {
        const member = members[('who' in step ? step.who : 0) % members.length] as Member;
        if (step.does === 'pass') {
          server.clock.increment(step.ms);
          await server.settle();
        }
        if (step.does === 'connect') {
          const user = USERS[step.user];
          members.push({ peer: await open(user), user });
        } else if (step.does === 'reconnect') {
          member.peer.client.cut();
          await server.settle();
          member.peer = await open(member.user);
        } else if (step.does === 'call') {
          for (let time = 0; time < step.times; time++) {
            calls += 1;
            const id = `${calls}`;
            // A call is counted before the message that it sends.
            const begins = allows(member, 'calls');
            const sends = begins && (step.kind === 'calls' || allows(member, step.kind));
            member.peer.client.invoke(METHODS[step.kind], [], id);
            await server.settle();
            const [answer] = member.peer.client.completions(id);
            expect({ step, passes: answer?.error === undefined }).toEqual({ step, passes: sends });
            if (!sends) expect(answer?.error).toMatch(/ \(retry after [1-9]\d* ms\)$/);
            reached('a call is refused', !begins);
            reached('a broadcast is refused', begins && !sends && step.kind === 'broadcast');
            reached('a whisper is refused', begins && !sends && step.kind === 'whisper');
            reached('a user is refused right after a reconnect', !begins && time === 0 && latest === 'reconnect');
          }
        }
        latest = step.does;
      }
    },
  );
});
