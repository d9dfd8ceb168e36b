import { describe, expect, test } from 'vitest';
import { actorMessage, type InspectedActor } from '../../src/inspector/wire.ts';

function shown(actor: Partial<InspectedActor> & { readonly snapshot?: unknown }) {
  const { snapshot = { status: 'active' }, ...rest } = actor;
  const whole = { id: 'clock', sessionId: 'x:1', getSnapshot: () => snapshot, ...rest };
  return JSON.parse(actorMessage(whole, { rootId: 'x:0', wallNow: 1_000 }).toString());
}

describe('an actor', () => {
  test('is shown as @statelyai/inspect shows it', () => {
    const { createdAt, ...message } = shown({
      _parent: { id: 'root', sessionId: 'x:0', getSnapshot: () => undefined },
    });
    expect(message).toEqual({
      type: '@xstate.actor',
      _version: '0.7.2',
      id: null,
      rootId: 'x:0',
      sessionId: 'x:1',
      name: 'clock',
      parentId: 'x:0',
      definition: '{"id":"clock"}',
      snapshot: { status: 'active' },
    });
    expect(createdAt).toBe('1000');
  });

  test('without a name of its own bears that of its machine', () => {
    expect(shown({ id: 'x:1', logic: { config: { id: 'hub' } } }).name).toBe('hub');
    expect(shown({ id: 'x:1', logic: { config: {} } }).name).toBe('x:1');
  });

  test('has the figures that it gives, and the status that it has', () => {
    const toJSON = (): unknown => ({ status: 'active', armed: 3 });
    expect(shown({ snapshot: { status: 'stopped', toJSON } }).snapshot).toEqual({ status: 'stopped', armed: 3 });
    const crashed = { status: 'error', error: new RangeError('canary'), toJSON };
    expect(shown({ snapshot: crashed }).snapshot).toEqual({ status: 'error', armed: 3, error: { name: 'RangeError' } });
  });

  test('without a snapshot that can be shown is active: it is there', () => {
    expect(shown({ snapshot: null }).snapshot).toEqual({ status: 'active' });
  });

  test('whose machine cannot be written is shown by its name', () => {
    const config: Record<string, unknown> = { id: 'endless' };
    config.self = config;
    expect(shown({ logic: { config } }).definition).toBe('{"id":"clock"}');
  });
});
