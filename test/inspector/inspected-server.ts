// A server with an inspector at /inspect, and the official receiver for it.
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { routePath } from '../../src/http/request-info.ts';
import { createChatHub } from '../../src/hubs/chat.ts';
import type { AnyHubDefinition } from '../../src/index.ts';
import { createInspector, type InspectorEndpoint, type InspectorOptions } from '../../src/inspector/endpoint.ts';
import { LogLimit } from '../../src/log-limit.ts';
import { resolveOptions } from '../../src/options.ts';
import { ServerParts } from '../../src/server.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { Inbox } from '../support/inbox.ts';

/** Messages that an inspector has got. */
export type Seen = Inbox<StatelyInspectionEvent>;

export interface InspectedServer {
  readonly server: ServerParts;
  readonly inspector: InspectorEndpoint;
  readonly log: CollectedLog;
  readonly port: number;
  /** Path of the chat. */
  readonly url: string;
  /** Attaches the receiver of @statelyai/inspect. */
  receive(query?: string): Seen;
}

export interface Settings extends Pick<InspectorOptions, 'token' | 'maximumClients'> {
  /** Default: the chat, at /hubs/chat. */
  readonly hubs?: Readonly<Record<string, AnyHubDefinition>>;
  /** Default: the real time. */
  readonly clock?: Clock;
}

/** Starts a server that ends with the test. */
export async function startInspected(settings: Settings = {}): Promise<InspectedServer> {
  const { hubs = { '/hubs/chat': createChatHub() }, clock = systemClock, ...access } = settings;
  const log = new CollectedLog();
  const server = new ServerParts(resolveOptions({ hubs, logger: log, clock }));
  const inspector = createInspector({
    supervisor: server.supervisor,
    alarms: server.wheel,
    log: new LogLimit(clock).over(log),
    ...access,
  });
  const http = createHttpServer();
  http.on('upgrade', (request, socket, head) => {
    if (routePath(request.url ?? '') === '/inspect') inspector.upgrade(request, socket, head);
  });
  await server.attach(http);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await server.close({ drainMs: 0 });
    inspector.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });
  const { port } = http.address() as AddressInfo;
  const receive = (query = ''): Seen => {
    const seen: Seen = new Inbox();
    createWebSocketReceiver({ server: `ws://127.0.0.1:${port}/inspect${query}` }).subscribe(seen.put);
    return seen;
  };
  return { server, inspector, log, port, url: `http://127.0.0.1:${port}/hubs/chat`, receive };
}

type Of<T extends StatelyInspectionEvent['type']> = Extract<StatelyInspectionEvent, { type: T }>;
export type SeenActor = Of<'@xstate.actor'>;

export function actorsOf(seen: Seen): SeenActor[] {
  return seen.all.filter((message) => message.type === '@xstate.actor');
}

/** Resolves with the message that shows an actor, by the name that its parent gave it. */
export async function actorNamed(seen: Seen, name: string): Promise<SeenActor> {
  return (await seen.first((message) => message.type === '@xstate.actor' && message.name === name)) as SeenActor;
}

/** Messages about an actor, in their order. */
export function about(seen: Seen, { sessionId }: { readonly sessionId: string }): StatelyInspectionEvent[] {
  return seen.all.filter((message) => message.sessionId === sessionId);
}

/** State that a message shows. */
export function stateIn(message: StatelyInspectionEvent): unknown {
  return 'snapshot' in message ? (message.snapshot as { readonly value?: unknown }).value : undefined;
}

/** Status of an actor in a message: active, done, error, stopped. */
export function statusIn(message: StatelyInspectionEvent): unknown {
  return 'snapshot' in message ? message.snapshot.status : undefined;
}
