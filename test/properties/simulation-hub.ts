import { HubError } from '../../src/errors.ts';
import type { Hub } from '../../src/hub/hub.ts';
import { method, stream } from '../../src/hub/method.ts';
import { setupHub } from '../../src/hub/setup-hub.ts';
import { any } from '../support/schemas.ts';
import type { Address, TestClient } from './addresses.ts';
import type { Habit, ModelUpload, Participant } from './participant.ts';
import type { Simulation } from './simulation.ts';

/** A part of the error texts that must never leave the server. */
export const SECRET = 'SECRET';

interface State {
  readonly participant: Participant;
  username: string;
}

type SimulationHub = Hub<TestClient, State>;

async function behave(habit: Habit, simulation: Simulation, what: string): Promise<void> {
  if (habit === 'failing') throw new Error(`${SECRET}: ${what}`);
  if (habit === 'slow') await simulation.aWhile(what);
  if (habit === 'endless') await new Promise(() => {});
}

/** Whether the hub of a call can still be used. A timeout ends it, and later actions of the call do not count. */
function isUsable(hub: SimulationHub): boolean {
  try {
    return hub.state.participant !== undefined;
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
  /** Number of the participant whose client is asked for a result. */
  readonly whom: number;
  readonly timeoutMs: number;
}

/** The hub of a simulation. Each method's first argument is the number of the call, so that their order can be checked. */
export function createSimulationHub(simulation: Simulation) {
  const participantOf = (hub: { readonly connectionId: string }) => simulation.participant(hub.connectionId);
  const begin = (hub: SimulationHub, call: string): Participant => {
    const participant = participantOf(hub);
    participant.begun.push(call);
    return participant;
  };
  const number = any<string>();

  return setupHub({
    client: {} as TestClient,
    // The first callback after the handshake has been accepted.
    state: (connection): State => {
      const participant = participantOf(connection);
      participant.isAccepted = true;
      return { participant, username: participant.id };
    },
  }).createHub({
    // One of the groups keeps its messages: nothing must depend on it.
    history: { red: { size: 3, ttlMs: 60_000 } },
    methods: {
      Echo: method([number, any<unknown>()], (hub, call, value) => {
        begin(hub, call);
        return value;
      }),
      /** Sends all messages at once, without waiting. */
      Say: method([number, any<readonly Address[]>()], (hub, call, addresses) => {
        const participant = begin(hub, call);
        const before = participant.due.length;
        for (const address of addresses) simulation.say(address, participant, hub.clients);
        participant.sentBefore.set(call, participant.due.slice(before));
      }),
      /** Sends one message after the other, and waits for each and for the scheduler. */
      SaySlowly: method([number, any<readonly Address[]>()], async (hub, call, addresses) => {
        const participant = begin(hub, call);
        for (const address of addresses) {
          await simulation.until(`${participant.id} says more`);
          if (!isUsable(hub)) return;
          await simulation.say(address, participant, hub.clients);
        }
      }),
      Wait: method([number, any<unknown>()], async (hub, call) => {
        const { id } = begin(hub, call);
        await simulation.aWhile(`${id} waits`);
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
        await simulation.until(`${id} fails`);
        throw openly === true ? new HubError('open') : new Error(SECRET);
      }),
      Join: method([number, any<string>()], async (hub, call, group) => {
        const participant = begin(hub, call);
        const joined = hub.groups.add(hub.connectionId, group);
        if (participant.isReachable) participant.groups.add(group);
        await joined;
      }),
      Leave: method([number, any<string>()], async (hub, call, group) => {
        const participant = begin(hub, call);
        participant.groups.delete(group);
        await hub.groups.remove(hub.connectionId, group);
      }),
      Rename: method([number, any<string>()], (hub, call, name) => {
        const participant = begin(hub, call);
        const before = hub.state.username;
        hub.state.username = name;
        participant.renamed.push({ call, name });
        simulation.say({ to: 'others' }, participant, hub.clients);
        return before;
      }),
      Count: stream([number, any<Counting>()], async function* (hub, call, { count, isSlow, end }) {
        const participant = participantOf(hub);
        participant.started.push(call);
        try {
          for (let n = 0; n < count; n++) {
            if (isSlow) await simulation.until(`${participant.id} counts`);
            yield n;
          }
          if (end === 'throws') throw new Error(SECRET);
          if (end === 'yields what cannot be written') yield 1n;
          if (end === 'hangs') await new Promise(() => {});
        } finally {
          participant.released.push(call);
        }
      }),
      /** Reads some of the items that its client sends, and waits for the scheduler before each item. */
      Read: method([number, any<number>()], { upload: [any<number>()] }, async (hub, call, most, items) => {
        const participant = participantOf(hub);
        const upload = participant.uploads.get(call) as ModelUpload;
        const read: number[] = [];
        upload.read = read;
        try {
          if (most > 0) {
            for await (const item of items) {
              if (read.push(item) === most) break;
              await simulation.until(`${participant.id} reads`);
            }
          }
          upload.outcome = read.length === most ? 'enough' : 'all';
        } catch (error) {
          upload.outcome = error as Error;
        }
      }),
      Ask: method([number, any<Asking>()], async (hub, call, { whom, timeoutMs }) => {
        begin(hub, call);
        await simulation.ask(whom, hub.clients, timeoutMs);
      }),
      Abort: method([number, any<unknown>()], (hub, call) => {
        begin(hub, call);
        hub.abort({ reason: SECRET });
      }),
    },

    async onConnected(hub) {
      const participant = participantOf(hub);
      await behave(participant.habits.connect, simulation, `${participant.id} connects`);
      if (isUsable(hub)) participant.connects += 1;
    },

    async onDisconnected(hub, reason) {
      const participant = participantOf(hub);
      const { host, parts } = simulation.server;
      const wasKnown =
        host.connections.get(participant.id) !== undefined &&
        [...parts.supervisor.connections()].some(({ connectionId }) => connectionId === participant.id) &&
        !participant.peer.isForgotten;
      participant.departures.push({ reason, wasKnown, at: simulation.sent.length });
      // All clients except the ended one may receive this.
      simulation.say({ to: 'all' }, participant, hub.clients);
      simulation.say({ to: 'caller' }, participant, hub.clients);
      await behave(participant.habits.disconnect, simulation, `${participant.id} disconnects`);
    },
  });
}
