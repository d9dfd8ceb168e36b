import { describe, expect, test } from 'vitest';
import { type ActorLogic, type AnyActorRef, createActor, type InspectionEvent, type Snapshot, setup } from 'xstate';

/** Behaviour of XState that src/actors/supervisor.ts relies on and XState's documentation hardly mentions. */
interface Heard {
  readonly type: string;
  readonly actorId?: string;
}

const child = setup({
  types: { events: {} as { type: 'finish' } | { type: 'crash' } },
  actions: {
    crash: () => {
      throw new Error('planned');
    },
  },
}).createMachine({
  initial: 'running',
  states: { running: { on: { finish: 'finished', crash: { actions: 'crash' } } }, finished: { type: 'final' } },
});

type Parent = Snapshot<undefined>;

function family() {
  const heard: Heard[] = [];
  const children: AnyActorRef[] = [];
  const logic: ActorLogic<Parent, Heard> = {
    getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined }),
    transition: (snapshot, event, scope) => {
      heard.push(event);
      if (event.type === 'spawn') {
        const actor = createActor(child, { parent: scope.self, id: event.actorId as string });
        children.push(actor);
        scope.defer(() => actor.start());
      }
      if (event.type === 'stop') for (const actor of children) scope.stopChild(actor);
      return snapshot;
    },
    getPersistedSnapshot: (snapshot) => snapshot,
  };
  const inspected: InspectionEvent[] = [];
  const parent = createActor(logic, { inspect: (event) => inspected.push(event) });
  const errors: unknown[] = [];
  parent.subscribe({ error: (error) => errors.push(error) });
  parent.start();
  const spawn = (actorId: string): AnyActorRef => {
    parent.send({ type: 'spawn', actorId });
    return children.at(-1) as AnyActorRef;
  };
  return { parent, heard, inspected, errors, spawn };
}

describe('hand-written actor logic with children of its own', () => {
  test('starts a deferred child after the transition that made it', () => {
    const { spawn } = family();
    expect(spawn('a').getSnapshot().status).toBe('active');
  });

  test('has its children in its own system, where the inspector sees them', () => {
    const { parent, spawn, inspected } = family();
    const actor = spawn('a');
    expect(actor.system).toBe(parent.system);
    const seen = inspected.filter((event) => event.type === '@xstate.actor').map((event) => event.actorRef.sessionId);
    expect(seen).toContain(actor.sessionId);
  });

  test('hears of a child that is done, under its id', () => {
    const { spawn, heard } = family();
    spawn('a').send({ type: 'finish' });
    expect(heard.at(-1)).toMatchObject({ type: 'xstate.done.actor.a', actorId: 'a' });
  });

  test('hears of a child that crashed, and neither it nor a sibling comes to harm', () => {
    const { parent, spawn, heard, errors } = family();
    const sibling = spawn('a');
    const crashing = spawn('b');
    crashing.send({ type: 'crash' });
    expect(heard.at(-1)).toMatchObject({ type: 'xstate.error.actor.b', actorId: 'b' });
    expect(crashing.getSnapshot().status).toBe('error');
    expect(sibling.getSnapshot().status).toBe('active');
    expect(parent.getSnapshot().status).toBe('active');
    expect(errors).toEqual([]);
  });

  test('is told to stop, and has to stop its children itself', () => {
    const { parent, spawn, heard } = family();
    const actor = spawn('a');
    parent.send({ type: 'stop' });
    expect(actor.getSnapshot().status).toBe('stopped');
    parent.stop();
    expect(heard.at(-1)?.type).toBe('xstate.stop');
  });
});
