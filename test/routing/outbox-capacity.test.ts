// What an outbox does with messages for which it has no place.
import { describe, expect, test } from 'vitest';
import { type HubError, RefusedError } from '../../src/errors.ts';
import type { HubOptions } from '../../src/hub/hub-options.ts';
import type { Moderator } from '../../src/hub/moderator.ts';
import type { Sender } from '../../src/hub/routing.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { ALL, toConnections } from '../../src/hub/target.ts';
import { COUNTING_MS, UNCOUNTED_LINES } from '../../src/log-limit.ts';
import { type Deferred, defer } from '../../src/promises.ts';
import { MemoryServer, NOTHING_LEFT } from '../support/memory-server.ts';
import { uncaughtDuring } from '../support/uncaught.ts';

const FULL = 'an outbox is full: it refuses messages that it would have to hold back';
const ROOM = 'an outbox has room again: meanwhile it has refused messages';

/**
 * A server with one client, which gets every message.
 *
 * @param moderators Of both outboxes.
 */
async function start(
  { moderate = [] }: { readonly moderate?: readonly Moderator[] },
  options: { readonly hub?: HubOptions; readonly server?: HubOptions },
) {
  const own = options.hub === undefined ? {} : { options: options.hub };
  const hub = setupHub({}).createHub({ methods: {}, moderate, ...own });
  const server = new MemoryServer(hub, { hubOptions: options.server ?? {} });
  const { client, id } = await server.connect();
  const { router, broadcast, whisper } = server.host;
  const shout = (from: Sender, text: string) => router.send(from, ALL, 'Heard', [text], {});
  const tell = (from: Sender, text: string) => router.send(from, toConnections([id]), 'Heard', [text], {});
  const heard = async () => {
    await server.settle();
    return client.calls('Heard').flat();
  };
  const warnings = () =>
    server.log.lines.filter(({ level }) => level === 'warn').map(({ text, data }) => ({ text, ...data }));
  return { server, broadcast, whisper, shout, tell, heard, warnings };
}

/** Senders that wait for nobody but themselves. */
function senders(count: number): Sender[] {
  return Array.from({ length: count }, () => ({ connectionId: undefined, user: null }));
}

/** A moderator that holds messages whose text begins with 'slow', until the test decides. */
class Gate {
  readonly verdicts: Deferred<undefined | HubError>[] = [];
  readonly moderate: Moderator = ({ args: [text] }) => {
    if (!String(text).startsWith('slow')) return undefined;
    const verdict = defer<undefined | HubError>();
    this.verdicts.push(verdict);
    return verdict.promise;
  };

  /** Lets the oldest messages pass. */
  open(count: number): void {
    for (const verdict of this.verdicts.splice(0, count)) verdict.resolve(undefined);
  }
}

/** Broadcasts at a rate of one a second, and holds back so many. */
const slowly = (places: number): HubOptions => ({
  outboxes: { broadcast: { capacity: places, rate: { perSecond: 1 } } },
});
const capacity = (broadcast: number, whisper = 10_000): HubOptions => ({
  outboxes: { broadcast: { capacity: broadcast }, whisper: { capacity: whisper } },
});

async function refusal(sent: Promise<unknown>): Promise<string> {
  const error = await sent.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RefusedError);
  return (error as RefusedError).message;
}

describe('an outbox that holds as many messages as it may', () => {
  test('refuses one more that it would have to hold, and lets every other one pass', async () => {
    const gate = new Gate();
    const { broadcast, shout, heard } = await start({ moderate: [gate.moderate] }, { server: capacity(2) });
    const [ann, bob, eve] = senders(3) as [Sender, Sender, Sender];
    const held = [shout(ann, 'slow 1'), shout(bob, 'slow 2')];
    expect(await refusal(shout(eve, 'slow 3'))).toBe(
      'The broadcast outbox of /hub holds back as many messages as it may: 2 (outboxes.broadcast.capacity).',
    );
    // It would have to wait behind the first one.
    await refusal(shout(ann, 'quick, behind a slow one'));
    await shout(eve, 'quick');
    expect(await heard()).toEqual(['quick']);
    gate.open(1);
    await held[0];
    const last = shout(eve, 'slow 4');
    gate.open(3);
    await Promise.all([...held, last]);
    expect(await heard()).toEqual(['quick', 'slow 1', 'slow 2', 'slow 4']);
    expect(broadcast.figures()).toEqual({
      accepted: 6,
      delivered: 4,
      dropped: 2,
      droppedBy: { full: 2 },
      queued: 0,
      depth: 0,
    });
  });

  test('shows it to the inspector: with one event, however many it refuses', async () => {
    const { server, shout } = await start({ moderate: [new Gate().moderate] }, { server: capacity(1) });
    const actor = [...server.parts.supervisor.refs()].find(({ id }) => id === 'broadcast:/hub');
    const shown: unknown[] = [];
    actor?.subscribe((snapshot) => shown.push(JSON.parse(JSON.stringify(snapshot))));
    const [first, ...others] = senders(101) as [Sender, ...Sender[]];
    void shout(first, 'slow');
    for (const other of others) void shout(other, 'slow');
    expect(shown).toMatchObject([
      { accepted: 1, droppedBy: {}, depth: 1 },
      { accepted: 2, droppedBy: { full: 1 }, depth: 1 },
    ]);
    expect(JSON.parse(JSON.stringify(actor?.getSnapshot()))).toMatchObject({ accepted: 101, droppedBy: { full: 100 } });
  });

  test('leaves the other outbox alone, which has places of its own', async () => {
    const gate = new Gate();
    const { shout, tell, heard } = await start({ moderate: [gate.moderate] }, { server: capacity(2, 1) });
    const [ann, bob, eve] = senders(3) as [Sender, Sender, Sender];
    void tell(ann, 'slow 1');
    expect(await refusal(tell(bob, 'slow 2'))).toBe(
      'The whisper outbox of /hub holds back as many messages as it may: 1 (outboxes.whisper.capacity).',
    );
    void shout(ann, 'behind it');
    void shout(bob, 'slow 3');
    expect(await refusal(shout(eve, 'slow 4'))).toContain('(outboxes.broadcast.capacity)');
    gate.open(3);
    expect(await heard()).toEqual(['slow 1', 'behind it', 'slow 3']);
  });

  test('asks no further moderator about a message that it refuses, and leaves no rejection behind', async () => {
    const gate = new Gate();
    const asked: unknown[] = [];
    const second: Moderator = ({ args: [text] }) => void asked.push(text);
    const { server, shout } = await start({ moderate: [gate.moderate, second] }, { server: capacity(1) });
    const [ann, bob, eve] = senders(3) as [Sender, Sender, Sender];
    const uncaught = await uncaughtDuring(async () => {
      const held = shout(ann, 'slow 1');
      await refusal(shout(bob, 'slow 2'));
      await refusal(shout(eve, 'slow 3'));
      const [first, passes, fails] = gate.verdicts;
      fails?.reject(new Error('the moderator failed'));
      passes?.resolve(undefined);
      first?.resolve(undefined);
      await held;
      await server.settle();
    });
    expect(uncaught).toEqual([]);
    expect(asked).toEqual(['slow 1']);
  });

  test('takes no token of the rate limit for a message that it refuses', async () => {
    const { server, shout, heard } = await start({}, { server: slowly(2) });
    const [ann, bob, eve, ...others] = senders(53) as [Sender, Sender, Sender, ...Sender[]];
    void shout(ann, 'at once');
    void shout(bob, 'after a second');
    void shout(eve, 'after two seconds');
    for (const other of others) await refusal(shout(other, 'refused'));
    await server.pass(3_000);
    expect(await heard()).toEqual(['at once', 'after a second', 'after two seconds']);
    void shout(ann, 'with the third token');
    expect(await heard()).toHaveLength(4);
  });
});

describe('the log of a hub whose outbox is full', () => {
  test('has one line when it begins, and one with the number of refusals when half of the places are free', async () => {
    const gate = new Gate();
    const { server, shout, warnings } = await start({ moderate: [gate.moderate] }, { server: capacity(4) });
    const full = { text: FULL, hub: '/hub', outbox: 'broadcast', option: 'outboxes.broadcast.capacity', capacity: 4 };
    for (const sender of senders(4)) void shout(sender, 'slow');
    expect(warnings()).toEqual([]);
    for (const sender of senders(100)) await refusal(shout(sender, 'slow'));
    expect(warnings()).toEqual([full]);
    // One place is free, and taken again.
    gate.open(1);
    await server.settle();
    const [one, other] = senders(2) as [Sender, Sender];
    void shout(one, 'slow');
    await refusal(shout(other, 'slow'));
    expect(warnings()).toEqual([full]);
    // Those of the refused messages decide nothing.
    gate.verdicts.splice(3, 100);
    gate.open(2);
    await server.settle();
    expect(warnings()).toEqual([full, { text: ROOM, hub: '/hub', outbox: 'broadcast', refused: 101 }]);
    gate.open(2);
    await server.settle();
    expect(warnings()).toHaveLength(2);
  });

  test('is bounded, also when an outbox is full again and again', async () => {
    const gate = new Gate();
    const { server, shout, warnings } = await start({ moderate: [gate.moderate] }, { server: capacity(1) });
    for (let times = 0; times < 100; times++) {
      const [one, other] = senders(2) as [Sender, Sender];
      void shout(one, 'slow');
      await refusal(shout(other, 'slow'));
      gate.open(2);
      await server.settle();
    }
    expect(warnings()).toHaveLength(2 * UNCOUNTED_LINES);
    await server.pass(COUNTING_MS);
    expect(warnings()).toHaveLength(2 * UNCOUNTED_LINES + 2);
  });
});

test('each outbox has the options of its hub, else those of the server', async () => {
  const gate = new Gate();
  const { shout, tell } = await start(
    { moderate: [gate.moderate] },
    { hub: { outboxes: { whisper: { capacity: 1 } } }, server: capacity(2, 3) },
  );
  for (const sender of senders(2)) void shout(sender, 'slow');
  expect(await refusal(shout({ connectionId: undefined, user: null }, 'slow'))).toContain('as it may: 2 (');
  void tell({ connectionId: undefined, user: null }, 'slow');
  expect(await refusal(tell({ connectionId: undefined, user: null }, 'slow'))).toContain('as it may: 1 (');
});

test('nothing is left of an outbox that was full when its server closes', async () => {
  const { server, shout } = await start({}, { server: slowly(1) });
  const sends = senders(3).map((sender) => shout(sender, 'one of three'));
  const closed = server.parts.close({ drainMs: 0 });
  await server.pass(100);
  await closed;
  expect((await Promise.allSettled(sends)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(server.leftovers()).toEqual(NOTHING_LEFT);
});
