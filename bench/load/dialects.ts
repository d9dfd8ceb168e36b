import { bare } from './bare.ts';
import type { Dialect, DialectName } from './dialect.ts';
import { messagePack } from './messagepack.ts';
import { signalR } from './signalr.ts';
import { socketIo } from './socket-io.ts';

/** The dialects by their names, which other processes can be told. */
export const DIALECT_OF: Readonly<Record<DialectName, Dialect>> = {
  signalr: signalR,
  messagepack: messagePack,
  'socket.io': socketIo,
  bare,
};
