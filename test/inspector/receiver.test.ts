// The receiver of @statelyai/inspect, attached to a server that has been running for a while.
import { describe, expect, test } from 'vitest';
import { createMachine, initialTransition, transition } from 'xstate';
import { toDirectedGraph } from 'xstate/graph';
import { hubMachine } from '../../machines/hub.ts';
import { connect } from '../support/clients.ts';
import { crashAtPing } from '../support/sessions.ts';
import { about, actorNamed, actorsOf, type Seen, startInspected, stateIn, statusIn } from './inspected-server.ts';

const SERVICES = [
  'supervisor',
  'timer-wheel',
  'dead-letters',
  'node',
  'broadcast:/hubs/chat',
  'whisper:/hubs/chat',
  'presence:/hubs/chat',
];

/** Resolves when the connection's actor has ended. */
async function ended(seen: Seen, sessionId: string): Promise<void> {
  await seen.first((message) => message.sessionId === sessionId && statusIn(message) === 'done');
}

describe('an inspector that comes late', () => {
  test('is shown every actor that lives, with the state that it is in', async () => {
    const { server, url, receive } = await startInspected();
    const clients = [await connect(url), await connect(url)];
    const ids = clients.map(({ connectionId }) => connectionId as string);
    const seen = receive();
    await actorNamed(seen, ids[1] as string);

    const actors = actorsOf(seen);
    expect(actors.map(({ name }) => name)).toEqual([...SERVICES, ...ids]);
    const [root] = actors;
    for (const actor of actors) {
      expect(actor).toMatchObject({ _version: '0.7.2', id: null, rootId: root?.sessionId });
      expect(actor.createdAt).toMatch(/^\d{13}$/);
      expect(actor.parentId).toBe(actor === root ? undefined : root?.sessionId);
      expect(statusIn(actor)).toBe('active');
    }
    const states = Array.from(server.supervisor.refs(), (ref) => ref.getSnapshot().value);
    expect(actors.map(stateIn)).toEqual(states);
    expect(stateIn(await actorNamed(seen, 'node'))).toBe('accepting');
    expect(root?.snapshot).toMatchObject({ connections: 2, actors: 2 });
  });

  test('is shown what a connection is, and of whose hub', async () => {
    const { url, receive } = await startInspected();
    const { connectionId } = await connect(url);
    const actor = await actorNamed(receive(), connectionId as string);
    expect(actor.snapshot.context).toEqual({ connection: { connectionId, hub: '/hubs/chat' }, reason: null });
  });

  test('then follows what goes on', async () => {
    const { url, receive } = await startInspected();
    const ann = await connect(url);
    const seen = receive();
    const actor = await actorNamed(seen, ann.connectionId as string);
    await ann.invoke('SendMessage', 'hello');
    await ann.stop();
    await ended(seen, actor.sessionId);
    const [first, ...rest] = about(seen, actor);
    expect(first).toBe(actor);
    const states = rest.filter((message) => message.type === '@xstate.snapshot').map(stateIn);
    expect(states.at(0)).toBe('closing');
    expect(states.at(-1)).toBe('closed');
    const last = rest.findLast((message) => message.type === '@xstate.snapshot');
    expect(last?.snapshot).toMatchObject({
      status: 'done',
      context: { reason: { name: 'client-closed', allowReconnect: false } },
    });
  });
});

describe('a connection that is made while somebody looks', () => {
  test('is shown from its first event to its last, and its definition explains every step', async () => {
    const { url, receive } = await startInspected();
    const seen = receive();
    await actorNamed(seen, 'whisper:/hubs/chat');
    const ann = await connect(url);
    const actor = await actorNamed(seen, ann.connectionId as string);
    await ann.invoke('SendMessage', 'hello');
    await ann.stop();
    await ended(seen, actor.sessionId);

    // A reader of only the definition and the events gets to the same states.
    const machine = createMachine(JSON.parse(actor.definition as string));
    let [snapshot] = initialTransition(machine);
    const [first, ...rest] = about(seen, actor);
    expect(first).toBe(actor);
    expect(stateIn(actor)).toEqual(snapshot.value);
    const types: string[] = [];
    for (const message of rest) {
      if (message.type === '@xstate.event') {
        types.push(message.event.type);
        if (message.event.type !== 'xstate.init') [snapshot] = transition(machine, snapshot, message.event);
      } else expect(stateIn(message), `after ${types.at(-1)}`).toEqual(snapshot.value);
    }
    expect(types.slice(0, 3)).toEqual(['xstate.init', 'handshake.accepted', 'connect.succeeded']);
    expect(types.at(-1)).toBe('connection.closed');
    expect(snapshot.status).toBe('done');
  });

  test('says who its parent is, and the parent hears of its end', async () => {
    const { url, receive } = await startInspected();
    const seen = receive();
    const root = await actorNamed(seen, 'supervisor');
    const ann = await connect(url);
    const actor = await actorNamed(seen, ann.connectionId as string);
    await ann.stop();
    const runCloseSequence = await seen.first(
      (message) => message.type === '@xstate.event' && message.event.type === `xstate.done.actor.${actor.name}`,
    );
    expect(runCloseSequence).toMatchObject({ sessionId: root.sessionId, sourceId: actor.sessionId });
    expect(actor.parentId).toBe(root.sessionId);
  });

  test('that crashes is shown as such, without the text of its error', async () => {
    const { server, url, receive } = await startInspected();
    const ann = await connect(url);
    const seen = receive();
    const actor = await actorNamed(seen, ann.connectionId as string);
    for (const connection of server.supervisor.connections()) {
      crashAtPing(connection, new TypeError('canary'));
    }
    const crash = await seen.first((message) => message.sessionId === actor.sessionId && statusIn(message) === 'error');
    expect(crash).toMatchObject({ snapshot: { error: { name: 'TypeError' } } });
    expect(JSON.stringify(seen.all)).not.toContain('canary');
  });
});

test('a definition is the machine, with its functions by their names', async () => {
  const { url, receive } = await startInspected();
  const { connectionId } = await connect(url);
  const definition = JSON.parse((await actorNamed(receive(), connectionId as string)).definition as string);
  expect(graphOf(createMachine(definition))).toEqual(graphOf(hubMachine));
  expect(JSON.stringify(definition)).toContain('"acceptHandshake","connectHub"');
  expect(definition.context).toEqual({ type: 'context' });
});

/** States, and the labelled transitions between them. */
function graphOf(machine: Parameters<typeof toDirectedGraph>[0]): unknown {
  const nodes: unknown[] = [];
  const visit = ({ id, edges, children }: ReturnType<typeof toDirectedGraph>): void => {
    nodes.push([id, edges.map(({ label, target }) => [label.text, target.id])]);
    for (const child of children) visit(child);
  };
  visit(toDirectedGraph(machine));
  return nodes;
}
