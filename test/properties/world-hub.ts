import { HubError } from '../../src/errors.ts';
import type { Hub } from '../../src/hub/hub.ts';
import { method, stream } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { any } from '../support/schemas.ts';
import type { Address, WorldClient } from './addresses.ts';
import type { Habit, Member, Reading } from './member.ts';
import type { World } from './world.ts';

/** A part of the error texts that must never leave the server. */
export const SECRET = 'SECRET';

interface State {
  readonly member: Member;
  username: string;
}

type WorldHub = Hub<WorldClient, State>;

async function behave(habit: Habit, world: World, what: string): Promise<void> {
  if (habit === 'failing') throw new Error(`${SECRET}: ${what}`);
  if (habit === 'slow') await world.aWhile(what);
  if (habit === 'endless') await new Promise(() => {});
}

/** Whether the hub of a call can still be used. A timeout ends it, and later actions of the call do not count. */
function isUsable(hub: WorldHub): boolean {
  try {
    return hub.state.member !== undefined;
  } catch {
    return false;
  }
}

/** Parameters of a stream. */
export interface Counting {
  readonly count: number;
  /** Whether it waits before each item. */
  readonly isSlow: boolean;
  readonly end: 'returns' | 'throws' | 'yields what cannot be written' | 'hangs';
}

export interface Asking {
  /** Number of the member whose client is asked for a result. */
  readonly whom: number;
  readonly timeoutMs: number;
}

/** The hub of a world. Each method's first argument is the number of the call, so that their order can be checked. */
export function createWorldHub(world: World) {
  const memberOf = (hub: { readonly connectionId: string }) => world.member(hub.connectionId);
  const begin = (hub: WorldHub, call: string): Member => {
    const member = memberOf(hub);
    member.begun.push(call);
    return member;
  };
  const number = any<string>();

  return setupHub({
    client: {} as WorldClient,
    // The first callback after the handshake has been accepted.
    state: (connection): State => {
      const member = memberOf(connection);
      member.hasGreeted = true;
      return { member, username: member.id };
    },
  }).createHub({
    methods: {
      Echo: method([number, any<unknown>()], (hub, call, value) => {
        begin(hub, call);
        return value;
      }),
      /** Sends all messages at once, without waiting. */
      Say: method([number, any<readonly Address[]>()], (hub, call, addresses) => {
        const member = begin(hub, call);
        const before = member.due.length;
        for (const address of addresses) world.say(address, member, hub.clients);
        member.sentBefore.set(call, member.due.slice(before));
      }),
      /** Sends one message after the other, and waits for each and for the scheduler. */
      SaySlowly: method([number, any<readonly Address[]>()], async (hub, call, addresses) => {
        const member = begin(hub, call);
        for (const address of addresses) {
          await world.until(`${member.id} says more`);
          if (!isUsable(hub)) return;
          await world.say(address, member, hub.clients);
        }
      }),
      Wait: method([number, any<unknown>()], async (hub, call) => {
        const { id } = begin(hub, call);
        await world.aWhile(`${id} waits`);
      }),
      Hang: method([number, any<unknown>()], (hub, call) => {
        begin(hub, call);
        return new Promise<void>(() => {});
      }),
      Fail: method([number, any<unknown>()], (hub, call, openly) => {
        begin(hub, call);
        throw openly === true ? new HubError('open') : new Error(SECRET);
      }),
      FailSlowly: method([number, any<unknown>()], async (hub, call, openly) => {
        const { id } = begin(hub, call);
        await world.until(`${id} fails`);
        throw openly === true ? new HubError('open') : new Error(SECRET);
      }),
      Join: method([number, any<string>()], async (hub, call, group) => {
        const member = begin(hub, call);
        const joined = hub.groups.add(hub.connectionId, group);
        if (member.isReachable) member.groups.add(group);
        await joined;
      }),
      Leave: method([number, any<string>()], async (hub, call, group) => {
        const member = begin(hub, call);
        member.groups.delete(group);
        await hub.groups.remove(hub.connectionId, group);
      }),
      Rename: method([number, any<string>()], (hub, call, name) => {
        const member = begin(hub, call);
        const before = hub.state.username;
        hub.state.username = name;
        member.renamed.push({ call, name });
        world.say({ to: 'others' }, member, hub.clients);
        return before;
      }),
      Count: stream([number, any<Counting>()], async function* (hub, call, { count, isSlow, end }) {
        const member = memberOf(hub);
        member.played.push(call);
        try {
          for (let n = 0; n < count; n++) {
            if (isSlow) await world.until(`${member.id} counts`);
            yield n;
          }
          if (end === 'throws') throw new Error(SECRET);
          if (end === 'yields what cannot be written') yield 1n;
          if (end === 'hangs') await new Promise(() => {});
        } finally {
          member.letGo.push(call);
        }
      }),
      /** Reads some of the items that its client sends, and waits for the scheduler before each item. */
      Read: method([number, any<number>()], { upload: [any<number>()] }, async (hub, call, most, items) => {
        const member = memberOf(hub);
        const reading = member.readings.get(call) as Reading;
        const read: number[] = [];
        reading.read = read;
        try {
          if (most > 0) {
            for await (const item of items) {
              if (read.push(item) === most) break;
              await world.until(`${member.id} reads`);
            }
          }
          reading.outcome = read.length === most ? 'enough' : 'all';
        } catch (error) {
          reading.outcome = error as Error;
        }
      }),
      Ask: method([number, any<Asking>()], async (hub, call, { whom, timeoutMs }) => {
        begin(hub, call);
        await world.ask(whom, hub.clients, timeoutMs);
      }),
      Abort: method([number, any<unknown>()], (hub, call) => {
        begin(hub, call);
        hub.abort({ reason: SECRET });
      }),
    },

    async onConnected(hub) {
      const member = memberOf(hub);
      await behave(member.habits.connect, world, `${member.id} connects`);
      if (isUsable(hub)) member.connects += 1;
    },

    async onDisconnected(hub, reason) {
      const member = memberOf(hub);
      const { host, parts } = world.server;
      const wasKnown =
        host.connections.get(member.id) !== undefined &&
        [...parts.supervisor.connections()].some(({ connectionId }) => connectionId === member.id) &&
        !member.peer.isForgotten;
      member.departures.push({ reason, wasKnown, at: world.sent.length });
      // All clients except the ended one may receive this.
      world.say({ to: 'all' }, member, hub.clients);
      world.say({ to: 'caller' }, member, hub.clients);
      await behave(member.habits.disconnect, world, `${member.id} disconnects`);
    },
  });
}
