import { broadcasts } from '../load/broadcasts.ts';
import type { Dialect } from '../load/dialect.ts';
import { Echoes } from '../load/echoes.ts';
import type { Fleet } from '../load/fleet.ts';
import type { Counter, Flow } from '../load/flow.ts';
import { HttpReceivers, type HttpTransportName } from '../load/http-receivers.ts';
import { messagePack } from '../load/messagepack.ts';
import { Rounds } from '../load/rounds.ts';
import { now, payloadOf, StampedFrame } from '../load/stamps.ts';
import { Whispers } from '../load/whispers.ts';

/** Traffic that both builds get in turn. */
export interface ComparedFlow {
  readonly title: string;
  /** Number of WebSocket connections to each build. */
  readonly connections: number;
  /** Protocol of the clients. Default: JSON. */
  readonly dialect?: Dialect;
  begin(fleet: Fleet, counter: Counter, failed: (error: Error) => void): Flow | Promise<Flow>;
}

const BYTES = 128;

function echo(outstanding: number): ComparedFlow {
  return {
    title: `echo, ${outstanding} outstanding`,
    connections: 100,
    begin: (fleet, counter) => new Echoes(fleet, { outstanding, bytes: BYTES }, counter),
  };
}

function broadcast(inFlight: number): ComparedFlow {
  return {
    title: `broadcast to 1,000, ${inFlight} in flight`,
    connections: 1_000,
    begin: (fleet, counter) => broadcasts(fleet, { inFlight, bytes: BYTES }, counter),
  };
}

function whisper(connections: number): ComparedFlow {
  const round = { talkers: connections, inFlight: connections, bytes: BYTES };
  return {
    title: `whisper, ${connections.toLocaleString('en')} among them`,
    connections,
    begin: (fleet, counter) => new Whispers(fleet, round, counter),
  };
}

/** Broadcasts over an HTTP transport. The sender has a WebSocket, and is not counted. */
function broadcastOverHttp(transport: HttpTransportName, receivers: number, inFlight: number): ComparedFlow {
  return {
    title: `${transport} to ${receivers}, ${inFlight} in flight`,
    connections: 1,
    async begin({ clients, dialect, port }, counter, failed) {
      const [sender] = clients;
      const frame = new StampedFrame(dialect, dialect.broadcast(payloadOf(BYTES)));
      const rounds = new Rounds(counter, receivers * inFlight, () => sender?.write(frame.bytes(now(), inFlight)));
      const opened = new HttpReceivers(port, (sent) => rounds.arrived(sent), failed);
      for (let at = 0; at < receivers; at++) await opened.open(transport);
      return rounds;
    },
  };
}

function inMessagePack(flow: ComparedFlow): ComparedFlow {
  return { ...flow, title: `${flow.title}, MessagePack`, dialect: messagePack };
}

/** The scenarios, with the parameters of the whole benchmark. */
export const FLOWS = {
  'echo-1': echo(1),
  'echo-16': echo(16),
  'broadcast-1': broadcast(1),
  'broadcast-8': broadcast(8),
  'whisper-100': whisper(100),
  'whisper-1000': whisper(1_000),
  'echo-16-messagepack': inMessagePack(echo(16)),
  'broadcast-8-messagepack': inMessagePack(broadcast(8)),
  'server-sent-events-8': broadcastOverHttp('ServerSentEvents', 400, 8),
  'long-polling-8': broadcastOverHttp('LongPolling', 400, 8),
  'long-polling-1': broadcastOverHttp('LongPolling', 400, 1),
} as const satisfies Record<string, ComparedFlow>;
export type FlowName = keyof typeof FLOWS;
