import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import type { DialectName } from '../load/dialect.ts';
import { DotnetServer, hasDotnet } from './dotnet.ts';

/** Settings for the start of a server for one run. */
export interface Start {
  readonly flags: readonly string[];
  /** The folder for its CPU profiles; undefined: it writes none. */
  readonly profiles: string | undefined;
}

/** A server in the comparison. */
export interface Peer {
  readonly title: string;
  readonly dialect: DialectName;
  /** Additional warm-up time in milliseconds, for a just-in-time compiler. */
  readonly extraWarmMs: number;
  /** Whether it is signalbox, which can be profiled. */
  readonly isOurs: boolean;
  /** Reason why it cannot take part; undefined: it can. */
  missing(): string | undefined;
  /** Builds the server, if needed. */
  prepare(): void;
  command(start: Start): readonly string[];
  /** Number of connections that the last started server has recorded as ended by `slow-consumer`. */
  slowConsumers?(): number;
}

const HERE = import.meta.dirname;
const DOTNET = new DotnetServer('aspnetcore');

function nodePeer(title: string, dialect: DialectName, command: Peer['command']): Peer {
  const isOurs = command === ours;
  return { title, dialect, extraWarmMs: 0, isOurs, missing: () => undefined, prepare: () => {}, command };
}

function script(name: string): Peer['command'] {
  return () => [process.execPath, resolve(HERE, name)];
}

/** Folder for the data of servers: each start gets its own subfolder. bench/main.ts deletes it. */
export const DATA = resolve('bench/dist/data');
let started = 0;

function freshFolder(): string {
  started += 1;
  return join(DATA, String(started));
}

function ours({ flags, profiles }: Start): readonly string[] {
  const profiling = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  return [process.execPath, ...profiling, resolve(HERE, '../server.js'), freshFolder(), ...flags];
}

export const PEERS = {
  signalbox: { ...nodePeer('signalbox', 'signalr', ours), slowConsumers: endedAsSlow },
  messagepack: nodePeer('signalbox, MessagePack', 'messagepack', ours),
  'socket.io': nodePeer('Socket.IO 4.8', 'socket.io', script('socket-io.js')),
  'ws-loop': nodePeer('ws, a loop', 'bare', script('ws-loop.js')),
  'ws-floor': nodePeer('ws, the floor', 'bare', script('ws-floor.js')),
  aspnetcore: {
    title: 'ASP.NET Core SignalR',
    dialect: 'signalr',
    extraWarmMs: 1_600,
    isOurs: false,
    missing: () => (hasDotnet() ? undefined : 'no .NET SDK was found'),
    prepare: () => DOTNET.build(),
    command: () => ['dotnet', DOTNET.program],
  },
} as const satisfies Record<string, Peer>;
export type PeerName = keyof typeof PEERS;

/** Number of session records with the close reason `slow-consumer`. */
function endedAsSlow(): number {
  const database = new Database(join(DATA, String(started), 'signalbox.db'), { readonly: true });
  const { count } = database
    .prepare<[], { count: number }>("SELECT count(*) AS count FROM sessions WHERE close_reason = 'slow-consumer'")
    .get() ?? { count: 0 };
  database.close();
  return count;
}
