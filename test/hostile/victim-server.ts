// The server that tests attack, in a process of its own with a small heap. Its options come as JSON: see victim.ts.
import { z } from 'zod';
import { createChatHub } from '../../src/hubs/chat.ts';
import { method, setupHub, stream } from '../../src/index.ts';
import { createLog, type LineLevel, type Log } from '../../src/log.ts';
import type { MountedRuntime } from '../../src/mount-hub.ts';
import { resolveOptions } from '../../src/options.ts';
import { ServerParts } from '../../src/server.ts';
import { answerRequests } from '../support/answering-process.ts';
import type { VictimOptions, VictimRequests } from './victim.ts';

const { server: options = {}, hub: hubOptions = {} } = JSON.parse(process.argv[2] ?? '{}') as VictimOptions;

const hub = setupHub({
  client: {} as { Said(text: string): void },
  // Reads the request, as many hubs do.
  state: ({ request }) => ({ room: request.query.get('room'), agent: request.headers['user-agent'] }),
}).createHub({
  options: hubOptions,
  methods: {
    Echo: method([z.unknown()], (_hub, value) => value),
    /** Keeps the only slot of its connection for ever. */
    Hang: method([], { timeoutMs: 0 }, () => new Promise<void>(() => {})),
    /** Takes an upload and never reads it. */
    Ignore: method([], { upload: [z.unknown()], timeoutMs: 0 }, () => new Promise<void>(() => {})),
    /** Reads an upload to its end. */
    Count: method([], { upload: [z.unknown()] }, async (_hub, items) => {
      let count = 0;
      for await (const _ of items) count += 1;
      return count;
    }),
    Numbers: stream([z.int()], async function* (_hub, count) {
      for (let n = 0; n < count; n++) yield n;
    }),
    Join: method([z.string()], (hub, group) => hub.groups.add(hub.connectionId, group)),
    /** Joins the group that is named with the beginning of the text. */
    JoinPart: method([z.string()], (hub, text) => hub.groups.add(hub.connectionId, text.slice(0, 20))),
    Say: method([z.string()], (hub, text) => hub.clients.all.send('Said', text)),
    /** Sends a text to a group `times` times, all in one turn. */
    Repeat: method([z.string(), z.string(), z.int()], (hub, group, text, times) => {
      for (let n = 0; n < times; n++) void hub.clients.group(group).send('Said', text);
    }),
    /** Blocks the event loop for this time, in milliseconds. */
    Block: method([z.int()], (_hub, ms) => {
      for (const end = performance.now() + ms; performance.now() < end; );
    }),
    /** A value that no protocol can write. */
    Unwritable: method([], () => 1n),
  },
});

const written = createLog(options.logLevel ?? 'warn');
let lines = 0;
const line =
  (level: LineLevel): Log[LineLevel] =>
  (data, text) => {
    lines += 1;
    written[level](data, text);
  };
const logger: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };

const server = new ServerParts(resolveOptions({ ...options, logger, hubs: { '/hub': hub, '/chat': createChatHub() } }));

const LOOK_MS = 10;
let longestTurnMs = 0;
let usedBefore = usedMs();

/** CPU time of all threads, in milliseconds. It does not contain the time of other processes. */
function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

setInterval(() => {
  const used = usedMs();
  longestTurnMs = Math.max(longestTurnMs, used - usedBefore);
  usedBefore = used;
}, LOOK_MS);

answerRequests<VictimRequests>({
  listen: () => server.listen({ port: 0 }),
  lines: () => lines,
  waiting: () => [...server.supervisor.connections()].reduce((sum, one) => sum + (one.session?.mailbox.length ?? 0), 0),
  connections: () => [...server.connections()].length,
  abortAll() {
    for (const connection of server.connections()) connection.abort();
    return null;
  },
  figures() {
    const { runtimes, services, supervisor, wheel } = server;
    const { endpoint, memberships } = runtimes.get('/hub') as MountedRuntime;
    return {
      connections: supervisor.size,
      pending: endpoint.negotiations.pending,
      detached: services.detached.size,
      detachedBytes: services.detached.bytes,
      attachedBytes: services.detached.attached.bytes,
      groups: memberships.size,
      alarms: wheel.armed,
    };
  },
  memory() {
    globalThis.gc?.();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return { heapUsed, external, arrayBuffers };
  },
  cpu: usedMs,
  longestTurn() {
    const longest = longestTurnMs;
    longestTurnMs = 0;
    return longest;
  },
});
