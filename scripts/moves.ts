import type { AnyStateMachine, StateNode } from 'xstate';

/** The nodes of any machine. Their types are of no interest here: only names get printed. */
export type AnyStateNode = AnyStateMachine['root'];

/** What one event does in some states. */
export interface Move {
  readonly event: string;
  /** Where it is heard, as dotted paths: 'open.flowing'. */
  readonly from: readonly string[];
  /** undefined: it stays. */
  readonly to: string | undefined;
  readonly guard: string | undefined;
  readonly actions: readonly string[];
}

/**
 * All moves of a machine, those of the root last. What stands at the root counts for each state that neither is final nor
 * has an answer of its own; these states are named, so that the reader need not work it out. An event that a state only
 * keeps from the root does nothing there, as any event that is not named.
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
          from: node === root ? whereTheRootAnswers(root, event) : [pathOf(node)],
          to: target?.map(pathOf).join(' '),
          guard: guard === undefined ? undefined : nameOf(guard),
          actions: actions.map(nameOf),
        })),
    );
  });
}

/** All states below a node, each before those that it holds. */
export function statesOf(node: AnyStateNode): readonly AnyStateNode[] {
  return childrenOf(node).flatMap((child) => [child, ...statesOf(child)]);
}

export function childrenOf(node: AnyStateNode): readonly AnyStateNode[] {
  return Object.values<AnyStateNode>(node.states);
}

export function pathOf(node: Pick<StateNode, 'path'>): string {
  return node.path.join('.');
}

/** Actions and guards are named in `setup()`; one without a name could not be shown, nor be given by `provide()`. */
export function nameOf(part: unknown): string {
  if (typeof part === 'string') return part;
  const { type } = part as { readonly type?: unknown };
  if (typeof type === 'string') return type;
  throw new Error('An action or guard has no name: name it in setup().');
}

function whereTheRootAnswers(root: AnyStateNode, event: string): readonly string[] {
  return childrenOf(root)
    .filter((state) => state.type !== 'final' && !state.transitions.has(event))
    .map(pathOf);
}
