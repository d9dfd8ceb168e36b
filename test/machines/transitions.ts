import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventFromLogic,
  initialTransition,
  type SnapshotFrom,
  transition,
} from 'xstate';

/** A state as text: `open.flowing`. */
export function stateOf(snapshot: { readonly value: unknown }): string {
  const { value } = snapshot;
  if (typeof value === 'string') return value;
  return Object.entries(value as object)
    .map(([parent, child]) => `${parent}.${stateOf({ value: child })}`)
    .join(' ');
}

/** A step of a pure machine: the next snapshot and the actions. */
export interface Step<M extends AnyStateMachine> {
  readonly snapshot: SnapshotFrom<M>;
  readonly actions: readonly string[];
}

/** The initial snapshot and the transition function of a machine, without an actor. */
export function pure<M extends AnyStateMachine>(
  machine: M,
  input?: unknown,
): {
  readonly start: () => Step<M>;
  readonly next: (snapshot: SnapshotFrom<M>, event: EventFromLogic<M>) => Step<M>;
} {
  const step = ([snapshot, actions]: readonly [unknown, readonly { readonly type: string }[]]): Step<M> => ({
    snapshot: snapshot as SnapshotFrom<M>,
    actions: actions.map(({ type }) => type),
  });
  return {
    start: () => step(initialTransition(machine as AnyStateMachine, input as never)),
    next: (snapshot, event) => step(transition(machine as AnyStateMachine, snapshot, event)),
  };
}

/** Each state that some sequence of `events` reaches, with one snapshot of it. */
export function reachable<M extends AnyStateMachine>(
  machine: M,
  events: readonly EventFromLogic<M>[],
  input?: unknown,
): ReadonlyMap<string, SnapshotFrom<M>> {
  const { start, next } = pure(machine, input);
  const first = start().snapshot;
  const found = new Map([[stateOf(first), first]]);
  for (const snapshot of found.values()) {
    if (isOver(snapshot)) continue;
    for (const event of events) {
      const after = next(snapshot, event).snapshot;
      if (!found.has(stateOf(after))) found.set(stateOf(after), after);
    }
  }
  return found;
}

/** Whether the machine has ended. An actor would not receive further events. */
function isOver(snapshot: unknown): boolean {
  return (snapshot as AnyMachineSnapshot).status !== 'active';
}

/** Every step with an effect, as a line: `open.flowing + node.draining -> draining: finishCalls`. */
export function steps<M extends AnyStateMachine>(
  machine: M,
  events: readonly EventFromLogic<M>[],
  input?: unknown,
): string[] {
  const { next } = pure(machine, input);
  const lines: string[] = [];
  for (const [state, snapshot] of reachable(machine, events, input)) {
    if (isOver(snapshot)) continue;
    for (const event of events) {
      const { snapshot: after, actions } = next(snapshot, event);
      if (stateOf(after) === state && actions.length === 0) continue;
      const requested = actions.length === 0 ? '' : `: ${actions.join(', ')}`;
      lines.push(`${state} + ${event.type} -> ${stateOf(after)}${requested}`);
    }
  }
  return lines;
}
