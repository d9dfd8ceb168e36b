import { resolve } from 'node:path';
import type { DialectName } from '../load/dialect.ts';
import { DotnetServer, hasDotnet, lacksPackage } from '../peers/dotnet.ts';

/** A server that can be one of several nodes on Redis. */
interface NodesPeer {
  readonly title: string;
  readonly dialect: DialectName;
  /** Builds the server, if needed. @returns why it cannot take part; undefined: it can. */
  prepare(): string | undefined;
  /** Command that starts a node. It prints its address, as all servers of the benchmark do. */
  command(redisPort: number): readonly string[];
}

export const NODES_PEERS = ['signalbox', 'socket.io', 'aspnetcore'] as const;
export type NodesPeerName = (typeof NODES_PEERS)[number];
/** A value for each server that takes part. */
export type ByPeer<T> = Readonly<Partial<Record<NodesPeerName, T>>>;

const DOTNET = new DotnetServer('aspnetcore-nodes', '-p:Nodes=true');
const url = (port: number): string => `redis://127.0.0.1:${port}`;
const script = (name: string): string => resolve(import.meta.dirname, name);

export const SERVERS: Readonly<Record<NodesPeerName, NodesPeer>> = {
  signalbox: {
    title: 'signalbox',
    dialect: 'signalr',
    prepare: () => undefined,
    command: (port) => [process.execPath, script('signalbox.js'), url(port)],
  },
  'socket.io': {
    title: 'Socket.IO 4.8',
    dialect: 'socket.io',
    prepare: () => undefined,
    command: (port) => [process.execPath, script('../peers/socket-io.js'), url(port)],
  },
  aspnetcore: {
    title: 'ASP.NET Core SignalR',
    dialect: 'signalr',
    prepare: () => (hasDotnet() ? unbuilt() : 'no .NET SDK was found'),
    command: (port) => ['dotnet', DOTNET.program, `127.0.0.1:${port}`],
  },
};

/** Why the server on ASP.NET Core cannot be built here; undefined: it is built. */
function unbuilt(): string | undefined {
  try {
    DOTNET.build();
    return undefined;
  } catch (error) {
    if (error instanceof Error && lacksPackage(error))
      return 'no feed has Microsoft.AspNetCore.SignalR.StackExchangeRedis for us';
    throw error;
  }
}
