import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate';

/** An action without the actor that runs it. */
type Action = Pick<Parameters<AnyActorScope['actionExecutor']>[0], 'type' | 'params' | 'exec'>;

/** A step that is the same for every actor: it depends only on the state and the type of the event. */
interface KnownStep {
  /** undefined: the state stays. */
  readonly next: AnyMachineSnapshot | undefined;
  readonly actions: readonly Action[];
}

/**
 * Cache of the steps of a machine that many actors run. XState computes a step when it is taken first. From then on it
 * is a look-up, and the new snapshot is a copy: all actors in that state share its parts, except for the context. A
 * step that changes the context is computed each time, and so are all steps after it.
 *
 * The machine must have no guards, delays, invocations or children: with these a step depends on more.
 */
export class KnownSteps {
  readonly #machine: AnyStateMachine;
  /** One snapshot for each state, by the state as text. All snapshots of that state share its parts. */
  readonly #snapshots = new Map<string, AnyMachineSnapshot>();
  /** By the value of such a snapshot, then by the type of the event. */
  readonly #steps = new Map<object, Map<string, KnownStep | undefined>>();

  /** @param beginning Snapshot in the first state. Steps from it, and from states reached by them, are cached. */
  constructor(machine: AnyStateMachine, beginning: AnyMachineSnapshot) {
    this.#machine = machine;
    this.#shared(beginning);
  }

  /** Takes a step, as the machine's own `transition` does. */
  take(snapshot: AnyMachineSnapshot, event: EventObject, scope: AnyActorScope): AnyMachineSnapshot {
    const step = this.#stepFrom(snapshot, event, scope);
    if (step === undefined) return this.#machine.transition(snapshot, event, scope);
    for (const { type, params, exec } of step.actions) {
      const info = { context: snapshot.context, event, self: scope.self, system: scope.system };
      scope.actionExecutor({ type, params, exec, info });
    }
    return step.next === undefined ? snapshot : { ...step.next, context: snapshot.context };
  }

  #stepFrom(snapshot: AnyMachineSnapshot, event: EventObject, scope: AnyActorScope): KnownStep | undefined {
    const steps = this.#steps.get(snapshot.value);
    if (steps === undefined) return undefined;
    const { type } = event;
    if (!steps.has(type)) steps.set(type, this.#learn(snapshot, event, scope));
    return steps.get(type);
  }

  /**
   * Computes a step without running its actions. XState's pure `transition` would make an actor, and warn in an action.
   */
  #learn(snapshot: AnyMachineSnapshot, event: EventObject, scope: AnyActorScope): KnownStep | undefined {
    const actions: Action[] = [];
    const actionExecutor = ({ type, params, exec }: Action) => void actions.push({ type, params, exec });
    const next = this.#machine.transition(snapshot, event, { ...scope, actionExecutor });
    if (next === snapshot) return { next: undefined, actions };
    if (next.status !== 'active' || next.context !== snapshot.context) return undefined;
    return { next: this.#shared(next), actions };
  }

  #shared(snapshot: AnyMachineSnapshot): AnyMachineSnapshot {
    const state = JSON.stringify(snapshot.value);
    const known = this.#snapshots.get(state);
    if (known !== undefined) return known;
    // Without its context, which would keep a connection in memory.
    const shared = { ...snapshot, context: undefined };
    this.#snapshots.set(state, shared);
    this.#steps.set(snapshot.value, new Map());
    return shared;
  }
}
