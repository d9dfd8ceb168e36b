// Half of an upgrade: one of the nodes is of a later version, which says more than the others know.
import { decode, encode } from '@msgpack/msgpack';
import { describe, expect, test } from 'vitest';
import { Status } from '../../src/backplane/requests/status.ts';
import { ItemKind } from '../../src/backplane/wire/items.ts';
import { callsTo, connect } from '../support/clients.ts';
import { hasRedis } from '../support/redis.ts';
import { ownRedis, startNodes } from './node-process.ts';
import { type Tapped, Wiretap } from './wiretap.ts';

const LATER = 'a-node-of-a-later-version';
const GROUP = 'd:/hub:g:room';

type Body = readonly [number: number, previous: number, items: readonly (readonly unknown[])[]];

/** The body of an unsigned envelope. */
function bodyOf(bytes: Buffer): Body {
  return decode(bytes.subarray(3 + (bytes[2] as number))) as Body;
}

/** An envelope of the later node. */
function laterEnvelope(body: readonly unknown[], version = 1): Buffer {
  return Buffer.concat([Buffer.of(version, 0, LATER.length), Buffer.from(LATER), encode(body)]);
}

/** Long, so that nobody counts as dead. */
const leaseMs = 10_000;

describe.runIf(hasRedis)('a node of a later version', () => {
  test('is understood as far as it is known: the rest is counted, and what is before and behind it arrives', async () => {
    const redis = await ownRedis();
    const [a, b] = await startNodes(redis.url, { nodeId: 'a', leaseMs }, { nodeId: 'b', leaseMs });
    const [ann, bob] = [await connect(a.url('ann')), await connect(b.url('bob'))];
    const heard = callsTo<[string]>(bob, 'Heard');
    await bob.invoke('Join', 'room');
    const tap = await Wiretap.on(redis.port);
    await ann.invoke('ToGroup', 'room', 'genuine');
    await heard.until(1);
    const { bytes } = await tap.heard.first(({ channel }) => channel === GROUP);
    const [, , [genuine = []]] = bodyOf(bytes);
    /** The genuine message with another text of the same length. */
    const saying = (text: string) => {
      const [kind, payloads, ...rest] = genuine as [number, (string | Uint8Array)[], ...unknown[]];
      const records = payloads.map((each) =>
        typeof each === 'string'
          ? each
          : Buffer.from(Buffer.from(each).toString('latin1').replace('genuine', text), 'latin1'),
      );
      return [kind, records, ...rest];
    };
    const before = (await b.ask('status')).faults;
    const unknown = [99, { anything: ['at', 'all'] }, new Uint8Array(10)];
    await tap.publish(
      GROUP,
      laterEnvelope([
        1,
        0,
        [saying('first..'), unknown, [...saying('more...'), 'a field', { of: 'it' }], [0], [-1], []],
        'x',
      ]),
    );
    await tap.publish(GROUP, laterEnvelope([2, 1, [saying('version')]], 2));
    await tap.publish(GROUP, laterEnvelope([2, 1, [unknown, 'no item', 7, saying('last...')], { trace: 'abc' }]));
    const { inbox } = await b.ask('status');
    // A question that nobody here knows gets an answer, and one of another hub, too.
    await tap.publish(
      inbox,
      laterEnvelope([3, 0, [[ItemKind.Request, 1, '"later"', 'unheard-of', null, encode([]), 'more']]]),
    );
    await tap.publish(
      'ctl',
      laterEnvelope([4, 0, [[ItemKind.Request, 2, '"later"', 'members', '/nowhere', encode(['"x"'])]]]),
    );
    const toLater = (id: number) => (tapped: Tapped) =>
      tapped.channel.startsWith(`n:later:${LATER}`) && bodyOf(tapped.bytes)[2].some((item) => item[1] === id);
    for (const id of [1, 2]) {
      const { bytes: answer } = await tap.heard.first(toLater(id));
      expect(bodyOf(answer)[2]).toContainEqual([ItemKind.Answer, id, Status.Unknown, expect.anything()]);
    }
    await ann.invoke('ToGroup', 'room', 'genuine again');
    expect((await heard.until(5)).flat()).toEqual(['genuine', 'first..', 'more...', 'last...', 'genuine again']);
    const { faults, state, gaps } = await b.ask('status');
    expect(faults).toEqual({ ...before, unknown: 5, malformed: 2, version: 1 });
    expect([state, gaps]).toEqual(['linked', 0]);
    expect(b.lines.all.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
