import type { AnyStateMachine } from 'xstate';
import { type Move, movesOf, nameOf, pathOf, statesOf } from './moves.ts';

/** Table of all states, with their tags and their entry actions. Other parts read tags instead of state names. */
export function stateTable(machine: AnyStateMachine): string {
  const rows = statesOf(machine.root).map((state) => [
    code(pathOf(state)) + (state.type === 'final' ? ' (final)' : ''),
    list(state.tags.map(String)),
    list(state.entry.map(nameOf)),
  ]);
  return table(['State', 'Tags', 'On entry'], rows);
}

/** Table of all events, with the states that handle them and the effects. In other states they have no effect. */
export function eventTable(machine: AnyStateMachine): string {
  const rows = grouped(movesOf(machine)).map(({ event, from, to, guard, actions }) => [
    code(event) + (guard === undefined ? '' : ` if ${code(guard)}`),
    list(from),
    to === undefined ? 'stays' : code(to),
    list(actions),
  ]);
  return table(['Event', 'From', 'To', 'Actions'], rows);
}

/** Puts the rows of one event together; states with the same effect share a row. */
function grouped(moves: readonly Move[]): readonly Move[] {
  const events = new Map<string, Map<string, Move>>();
  for (const move of moves) {
    const rows = events.get(move.event) ?? new Map<string, Move>();
    const same = JSON.stringify([move.to, move.guard, move.actions]);
    rows.set(same, { ...move, from: [...(rows.get(same)?.from ?? []), ...move.from] });
    events.set(move.event, rows);
  }
  return [...events.values()].flatMap((rows) => [...rows.values()]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function list(names: readonly string[]): string {
  return names.map(code).join(', ');
}

function code(name: string): string {
  return `\`${name}\``;
}
