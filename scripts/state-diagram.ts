import type { AnyStateMachine } from 'xstate';
import { type AnyStateNode, childrenOf, type Move, movesOf, nameOf } from './moves.ts';

/**
 * A machine as a mermaid `stateDiagram-v2`: states with their entry actions, arrows with events. Actions of events, and
 * events that do not change the state, are only in the tables, so that the diagram stays readable.
 */
export function stateDiagram(machine: AnyStateMachine): string {
  const { root } = machine;
  return ['stateDiagram-v2', '  direction TB', ...statesIn(root, '  '), ...arrowsBetween(movesOf(machine))].join('\n');
}

function statesIn(node: AnyStateNode, indent: string): readonly string[] {
  const first = node.initial.target?.map(idOf) ?? [];
  return [
    ...first.map((id) => `${indent}[*] --> ${id}`),
    ...childrenOf(node).flatMap((state) => [
      ...describe(state, indent),
      ...(state.type === 'final' ? [`${indent}${idOf(state)} --> [*]`] : []),
    ]),
  ];
}

function describe(state: AnyStateNode, indent: string): readonly string[] {
  const id = idOf(state);
  const entry = state.entry.map(nameOf).join(', ');
  const lines = entry === '' ? [state.key] : [state.key, `entry / ${entry}`];
  if (childrenOf(state).length === 0) return lines.map((line) => `${indent}${id} : ${line}`);
  return [`${indent}state "${lines.join(' · ')}" as ${id} {`, ...statesIn(state, `${indent}  `), `${indent}}`];
}

/**
 * Arrows between states, one for all events from one state to another. States that share a transition of the root share
 * a box.
 */
function arrowsBetween(moves: readonly Move[]): readonly string[] {
  const labels = new Map<string, string[]>();
  const boxes = new Map<string, string>();
  for (const { event, from, to, guard } of moves) {
    if (to === undefined) continue;
    let source = idOfPath(from.join('.'));
    if (from.length > 1) {
      source = `any_of_${from.map(idOfPath).join('_')}`;
      boxes.set(source, `  state "${from.join(', ')}" as ${source}`);
    }
    const arrow = `  ${source} --> ${idOfPath(to)}`;
    const label = guard === undefined ? event : `${event} [${guard}]`;
    labels.set(arrow, [...(labels.get(arrow) ?? []), label]);
  }
  return [
    ...boxes.values(),
    ...[...labels].map(([arrow, events]) => `${arrow} : ${events.join('<br/>')}`),
    // Such a box is not a state, and must not look like one.
    ...[...boxes.keys()].map((box) => `  class ${box} several`),
    ...(boxes.size > 0 ? ['  classDef several fill:none,stroke-dasharray:4 4'] : []),
  ];
}

/** Mermaid's ids must not contain dots. */
function idOfPath(path: string): string {
  return path.replaceAll('.', '_');
}

function idOf(state: Pick<AnyStateNode, 'path'>): string {
  return idOfPath(state.path.join('.'));
}
