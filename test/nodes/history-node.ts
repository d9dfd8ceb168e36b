// Nodes in this process with a group that keeps its messages in a Redis.
import type { Cluster } from '../../src/backplane/cluster.ts';
import { logName } from '../../src/backplane/wire/channels.ts';
import type { History, HistoryOptions, KeptMessage, Position, Recovery, ServerOptions } from '../../src/index.ts';
import { openRaw } from '../support/clients.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { eventually } from '../support/inbox.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startServer } from '../support/test-server.ts';
import { historyHub, KEPT } from './history-hub.ts';

export const GROUP = 'room:1';
export const LOG = logName('/hub', GROUP);
export const STATE_KEY = `test:log-state:${LOG}`;
export const STREAM_KEY = `test:log:${LOG}`;

export interface HistoryNode {
  readonly port: number;
  readonly cluster: Cluster;
  readonly history: History;
  readonly log: CollectedLog;
  /** Groups of which something was lost. */
  readonly gaps: readonly string[];
  send(text: string, messageId?: string): Promise<Position | undefined>;
}

/** Starts a node that is linked. */
export async function startNode(
  backplane: string,
  options: Omit<ServerOptions, 'hubs'> = {},
  kept: HistoryOptions = KEPT,
): Promise<HistoryNode> {
  const gaps: string[] = [];
  const log = new CollectedLog();
  const hub = historyHub((group) => gaps.push(group), kept);
  const all = { backplane, backplanePrefix: 'test', logger: log, ...options };
  const { server, port } = await startServer({ '/hub': hub }, all);
  const { clients, history } = server.context(hub);
  return {
    port,
    cluster: server.cluster as Cluster,
    history: history(GROUP),
    log,
    gaps,
    send: (text, messageId) =>
      clients
        .group(GROUP)
        .with(messageId === undefined ? {} : { messageId })
        .send('Heard', text),
  };
}

export async function sendAll({ send }: HistoryNode, ...texts: readonly string[]): Promise<Position> {
  const positions = await Promise.all(texts.map((text) => send(text)));
  return positions.at(-1) as Position;
}

export const linked = (...nodes: readonly HistoryNode[]) =>
  eventually(() => nodes.every(({ cluster }) => cluster.isLinked));
export const unlinked = (...nodes: readonly HistoryNode[]) =>
  eventually(() => nodes.every(({ cluster }) => !cluster.isLinked));

const textOf = ({ position, args, removed }: KeptMessage): string =>
  `${position.offset} ${removed === true ? 'removed' : args[0]}`;
export const textsOf = ({ messages }: Recovery): string[] => messages.map(textOf);
export const latest = async ({ history }: HistoryNode) => (await history.latest()).map(textOf).reverse();

/** A member of the group, and what it hears: numbers of positions, and texts. */
export async function memberOf({ port }: HistoryNode): Promise<{ readonly client: RawClient; heard(): string[] }> {
  const client = await openRaw(port, { path: '/hub?positions=1' });
  await client.invoke('Join', GROUP);
  const heard = () =>
    client.records.all.flatMap(({ target, arguments: args, headers }) =>
      target === 'Heard' ? [`${headers?.['sb-p']?.split(':')[1]} ${args?.[0]}`] : [],
    );
  return { client, heard };
}
