// More actors than the replay shows.
import { beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../support/clients.ts';
import { about, actorNamed, actorsOf, type InspectedServer, startInspected } from './inspected-server.ts';

const MANY = 2_000;
let inspected: InspectedServer;

beforeEach(async () => {
  inspected = await startInspected();
  for (let n = 0; n < MANY; n++) {
    inspected.server.supervisor.service(`idle-${n}`, {
      getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined }),
      transition: (snapshot) => snapshot,
      getPersistedSnapshot: (snapshot) => snapshot,
    });
  }
});

const notice = expect.objectContaining({
  level: 'info',
  text: expect.stringMatching(/when something happens to them/),
});

describe(`an inspector of ${MANY} actors`, () => {
  test('is shown 1,000 of them, the root first, and the log says so', async () => {
    const seen = inspected.receive();
    const { name } = await connect(inspected.url).then(({ connectionId }) => actorNamed(seen, connectionId as string));
    const names = actorsOf(seen).map((actor) => actor.name);
    // The connection came last: it is shown because it gets an event.
    expect(names.at(-1)).toBe(name);
    expect(names[0]).toBe('supervisor');
    expect(names).toHaveLength(1_001);
    expect(new Set(names).size).toBe(names.length);
    expect(inspected.log.lines).toContainEqual(notice);
  });

  test('is shown another one before the first thing that happens to it', async () => {
    const seen = inspected.receive();
    await actorNamed(seen, 'idle-900');
    const name = `idle-${MANY - 1}`;
    const last = Array.from(inspected.server.supervisor.refs()).find(({ id }) => id === name);
    last?.send({ type: 'woken' });
    const actor = await actorNamed(seen, name);
    await seen.first(({ type, sessionId }) => type === '@xstate.snapshot' && sessionId === actor.sessionId);
    expect(about(seen, actor).map(({ type }) => type)).toEqual(['@xstate.actor', '@xstate.event', '@xstate.snapshot']);
    expect(actorsOf(seen).length).toBeLessThanOrEqual(1_001);
  });

  test('finds any of them by watching it', async () => {
    const seen = inspected.receive(`?watch=idle-${MANY - 1},idle-${MANY - 2}`);
    await actorNamed(seen, `idle-${MANY - 1}`);
    expect(actorsOf(seen)).toHaveLength(2);
    expect(inspected.log.lines).not.toContainEqual(notice);
  });
});
