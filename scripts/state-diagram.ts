import type { AnyStateMachine } from 'xstate';
import { type AnyStateNode, childrenOf, type Move, movesOf, nameOf } from './moves.ts';

/**
 * A machine as a mermaid `stateDiagram-v2`: states with what they do on entry, arrows with events. What only bookkeeps
 * (an event's actions, events that lead nowhere) stands in the tables, so that the picture keeps to the ways.
 */
export function stateDiagram(machine: AnyStateMachine): string {
  const { root } = machine;
  return ['stateDiagram-v2', '  direction TB', ...statesIn(root, '  '), ...waysBetween(movesOf(machine))].join('\n');
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

/** One arrow for all events that lead from one state to another; one box for states that share what stands at the root. */
function waysBetween(moves: readonly Move[]): readonly string[] {
  const labels = new Map<string, string[]>();
  const boxes = new Map<string, string>();
  for (const { event, from, to, guard } of moves) {
    if (to === undefined) continue;
    let source = idOfPath(from.join('.'));
    if (from.length > 1) {
      source = `any_of_${from.map(idOfPath).join('_')}`;
      boxes.set(source, `  state "${from.join(', ')}" as ${source}`);
    }
    const way = `  ${source} --> ${idOfPath(to)}`;
    const label = guard === undefined ? event : `${event} [${guard}]`;
    labels.set(way, [...(labels.get(way) ?? []), label]);
  }
  return [
    ...boxes.values(),
    ...[...labels].map(([way, events]) => `${way} : ${events.join('<br/>')}`),
    // Such a box is no state of its own, and must not look like one.
    ...[...boxes.keys()].map((box) => `  class ${box} several`),
    ...(boxes.size > 0 ? ['  classDef several fill:none,stroke-dasharray:4 4'] : []),
  ];
}

/** Mermaid's ids take no dots. */
function idOfPath(path: string): string {
  return path.replaceAll('.', '_');
}

function idOf(state: Pick<AnyStateNode, 'path'>): string {
  return idOfPath(state.path.join('.'));
}
