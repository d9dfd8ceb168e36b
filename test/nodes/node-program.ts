// A node in a process of its own, as users run it: a server of `createServer` with a backplane. Its options are the first
// argument, as JSON. It answers requests over the channel of `fork`, and tells there what happens.
import { createServer } from '../../src/index.ts';
import type { ServerParts } from '../../src/server.ts';
import { createStorage } from '../../src/storage/create-storage.ts';
import { eventually } from '../support/inbox.ts';
import { historyHub } from './history-hub.ts';
import { nodeHub, userOfQuery } from './node-hub.ts';
import type { NodeEvent, NodeOptions, NodeRequests, NodeStatus, Receivers } from './node-requests.ts';
import { taskHub } from './task-hub.ts';

const { storage: url, ...options } = JSON.parse(process.argv[2] as string) as NodeOptions;
const storage = url === undefined ? undefined : createStorage(url);
const gap = (group: string) => tell({ type: 'gap', group });
const hub = nodeHub(gap, ({ kind, entry: { key, as } }) => tell({ type: 'presence', change: `${kind} ${key} ${as}` }));
const tasks = taskHub();
const line = (level: 'info' | 'warn' | 'error') => (data: object, text?: string) =>
  tell({ type: 'line', level, text: text ?? '', data });

function tell(event: NodeEvent): void {
  process.send?.(event);
}

const server = createServer({
  ...options,
  ...(storage && { storage }),
  hubs: { '/hub': hub, '/tasks': tasks, '/history': historyHub(gap) },
  authenticate: userOfQuery,
  logger: { debug() {}, info: line('info'), warn: line('warn'), error: line('error') },
});
const { cluster, supervisor } = server as ServerParts;
const { clients } = server.context(hub);

function status(): NodeStatus {
  if (cluster === undefined) throw new Error('There is no backplane.');
  const { link, state, gaps, questions, invocations } = cluster;
  return {
    state,
    gaps,
    others: [...link.directory.others()].map(({ nodeId }) => nodeId).sort(),
    problems: server.problems().map(({ part, severity }) => `${part} ${severity}`),
    unshared: link.publisher.unshared,
    faults: link.incoming.faults,
    inbox: link.inbox,
    connections: supervisor.size,
    waiting: questions + invocations,
  };
}

function receivers([to, name = '']: Receivers) {
  if (to === 'all') return clients.all;
  if (to === 'group') return clients.group(name);
  return to === 'user' ? clients.user(name) : clients.client(name);
}

const answers: { [Q in keyof NodeRequests]: (...args: NodeRequests[Q][0]) => Promise<NodeRequests[Q][1]> } = {
  listen: async () => (await server.listen({ port: 0 })).port,
  status: async () => status(),
  linkedWith: async (others) => {
    await eventually(() => cluster?.isLinked === true && cluster.link.directory.size === others);
    return status();
  },
  unlinked: async () => {
    await eventually(() => cluster?.isLinked === false);
    return status();
  },
  send: async (to, texts) => {
    for (const text of texts) await receivers(to).send('Heard', text);
  },
  burst: async (to, count, bytes) => {
    const filling = '.'.repeat(bytes);
    for (let n = 0; n < count; n++) await receivers(to).send('Heard', `${n} ${filling}`);
  },
  ask: (connectionId, text) => clients.client(connectionId).invoke('Asked', text),
  progress: (taskId, percentComplete) =>
    server.context(tasks).clients.group(`task-${taskId}`).send('TaskProgress', { taskId, percentComplete }),
  count: () => server.context(hub).count(),
  find: async () => (await server.context(hub).find()).connections.map(({ connectionId }) => connectionId),
  revoke: (credentialId) => server.revoke(credentialId),
  sessions: async () => (await storage?.sessions.list()) ?? [],
  wallNow: async () => Date.now(),
  close: () => server.close({ drainMs: 0 }),
};

process.on('message', async ({ id, request, args }: { id: number; request: keyof NodeRequests; args: never[] }) => {
  try {
    const result = await (answers[request] as (...args: never[]) => Promise<unknown>)(...args);
    process.send?.({ type: 'answer', id, result });
  } catch (error) {
    const { name, message, problem } = error as Error & { problem?: string };
    process.send?.({ type: 'answer', id, error: { name, message, problem } });
  }
});
process.once('SIGTERM', () => server.close().then(() => process.exit(0)));
process.on('disconnect', () => process.exit());
