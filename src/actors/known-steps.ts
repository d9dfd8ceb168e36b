import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate';

/** What an action is, without whom it was for. */
type Action = Pick<Parameters<AnyActorScope['actionExecutor']>[0], 'type' | 'params' | 'exec'>;

/** A step that is the same for every actor: it depends on the state and on the type of the event, and on nothing else. */
interface KnownStep {
  /** undefined: the state stays. */
  readonly next: AnyMachineSnapshot | undefined;
  readonly actions: readonly Action[];
}

/**
 * The steps of a machine that many actors share. Each is computed by XState when it is taken first; from then on it is a
 * look-up, and the new snapshot a copy whose parts all actors in that state share, except for its context. A step that
 * changes the context is computed each time, and so is everything behind it.
 *
 * The machine must have no guards, delays, invocations or children: with these a step depends on more.
 */
export class KnownSteps {
  readonly #machine: AnyStateMachine;
  /** By the state as text: a snapshot of each whose parts all others share. */
  readonly #snapshots = new Map<string, AnyMachineSnapshot>();
  /** By the value of such a snapshot, then by the type of the event. */
  readonly #steps = new Map<object, Map<string, KnownStep | undefined>>();

  /** @param beginning A snapshot in the first state: that and what is reached from it is known. */
  constructor(machine: AnyStateMachine, beginning: AnyMachineSnapshot) {
    this.#machine = machine;
    this.#shared(beginning);
  }

  /** What the machine's own `transition` does. */
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

  /** Takes a step without its actions. XState's own `transition` would make an actor for it, and warn within an action. */
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
    // Without its context, which would keep a connection.
    const shared = { ...snapshot, context: undefined };
    this.#snapshots.set(state, shared);
    this.#steps.set(snapshot.value, new Map());
    return shared;
  }
}
