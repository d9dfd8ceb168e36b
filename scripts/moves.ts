import type { AnyStateMachine, StateNode } from 'xstate';

/** The node of any machine. Its exact type does not matter: only names are printed. */
export type AnyStateNode = AnyStateMachine['root'];

/** The effect of one event in some states. */
export interface Move {
  readonly event: string;
  /** States that handle the event, as dotted paths: 'open.flowing'. */
  readonly from: readonly string[];
  /** The next state; undefined: no change. */
  readonly to: string | undefined;
  readonly guard: string | undefined;
  readonly actions: readonly string[];
}

/**
 * All moves of a machine, those of the root last. A transition at the root applies to each state that is not final and
 * does not handle the event itself. These states are listed by name. A state that forbids an event of the root ignores
 * it; such a state is not listed.
 */
export function movesOf(machine: AnyStateMachine): readonly Move[] {
  const { root } = machine;
  return [...statesOf(root), root].flatMap((node) => {
    if (node.type === 'parallel' || node.type === 'history' || node.invoke.length > 0 || node.always !== undefined) {
      throw new Error(`${node.id}: scripts/moves.ts cannot show parallel, history, invoke and always yet.`);
    }
    return [...node.transitions].flatMap(([event, transitions]) =>
      transitions
        .filter(({ target, actions }) => target !== undefined || actions.length > 0)
        .map(({ target, guard, actions }) => ({
          event,
          from: node === root ? statesHandledByRoot(root, event) : [pathOf(node)],
          to: target?.map(pathOf).join(' '),
          guard: guard === undefined ? undefined : nameOf(guard),
          actions: actions.map(nameOf),
        })),
    );
  });
}

/** All states below a node, each before its own children. */
export function statesOf(node: AnyStateNode): readonly AnyStateNode[] {
  return childrenOf(node).flatMap((child) => [child, ...statesOf(child)]);
}

export function childrenOf(node: AnyStateNode): readonly AnyStateNode[] {
  return Object.values<AnyStateNode>(node.states);
}

export function pathOf(node: Pick<StateNode, 'path'>): string {
  return node.path.join('.');
}

/** Name of an action or guard. Without a name in `setup()` it could not be shown, nor given by `provide()`. */
export function nameOf(part: unknown): string {
  if (typeof part === 'string') return part;
  const { type } = part as { readonly type?: unknown };
  if (typeof type === 'string') return type;
  throw new Error('An action or guard has no name: name it in setup().');
}

function statesHandledByRoot(root: AnyStateNode, event: string): readonly string[] {
  return childrenOf(root)
    .filter((state) => state.type !== 'final' && !state.transitions.has(event))
    .map(pathOf);
}
