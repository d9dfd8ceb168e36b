// A server in a process of its own, for tests and measurements with thousands of connections. Its memory, its CPU time
// and its file descriptors can be measured separately. It answers requests over the channel of `fork`.
import { z } from 'zod';
import { method, setupHub } from '../../src/index.ts';
import { resolveOptions } from '../../src/options.ts';
import { ServerParts } from '../../src/server.ts';
import { answerRequests } from './answering-process.ts';
import { eventually } from './inbox.ts';

/** Counts of everything that a connection could leave behind. */
export interface FleetFigures {
  readonly connections: number;
  readonly actors: number;
  readonly reachable: number;
  readonly users: number;
  readonly groups: number;
  readonly pending: number;
  readonly active: number;
  readonly alarms: number;
}

/** Requests, and the type of each answer. */
export interface FleetRequests {
  listen: { readonly port: number };
  figures: FleetFigures;
  /** Resolves when the last connection is forgotten. */
  emptied: FleetFigures;
  /** Sends one message to all clients. */
  broadcast: null;
  /** CPU time that the process has used, in microseconds. */
  cpu: number;
  /** Memory after a garbage collection, in bytes. */
  memory: number;
  /** Lets time pass, for as long as anything but a connection may be kept. */
  pass: null;
}

const PATH = '/hub';
const LONGEST_MS = 20_000;
let passed = 0;

const hub = setupHub({ client: {} as { Hello(): void } }).createHub({
  options: { keepAliveIntervalMs: 600_000 },
  methods: { Join: method([z.string()], (hub, group) => hub.groups.add(hub.connectionId, group)) },
  async onConnected(hub) {
    // One group of its own, and one that all share.
    await hub.groups.add(hub.connectionId, `own ${hub.connectionId}`);
    await hub.groups.add(hub.connectionId, 'everybody');
  },
});

const server = new ServerParts(
  resolveOptions({
    hubs: { [PATH]: hub },
    authenticate: ({ query }) => ({ id: query.get('user') ?? 'somebody', roles: [] }),
    clock: {
      now: () => performance.now() + passed,
      wallNow: () => Date.now() + passed,
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
    },
    logLevel: 'error',
  }),
);

function figures(): FleetFigures {
  const { supervisor, runtimes, wheel } = server;
  const { connections, memberships, endpoint } = runtimes.get(PATH) as NonNullable<ReturnType<typeof runtimes.get>>;
  return {
    connections: supervisor.size,
    actors: supervisor.actors,
    reachable: connections.size,
    users: connections.users,
    groups: memberships.size,
    pending: endpoint.negotiations.pending,
    active: endpoint.negotiations.active,
    alarms: wheel.armed,
  };
}

answerRequests<FleetRequests>({
  listen: () => server.listen({ port: 0 }),
  figures,
  async emptied() {
    await eventually(() => server.supervisor.size === 0);
    return figures();
  },
  async broadcast() {
    await server.context(hub).clients.all.send('Hello');
    return null;
  },
  cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  memory() {
    globalThis.gc?.();
    return process.memoryUsage().rss;
  },
  async pass() {
    const before = server.wheel.armed;
    passed += LONGEST_MS;
    // The wheel rings at its next tick; without an alarm there is none.
    if (before > 0) await eventually(() => server.wheel.armed < before);
    return null;
  },
});
