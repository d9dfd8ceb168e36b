import { isStatus, type Status } from '../requests/status.ts';
import { countOf, nameOf, textOf, writeName } from './fields.ts';
import { ItemKind } from './items.ts';
import { readValue } from './values.ts';

/** A question of another node. */
export interface QuestionItem {
  /** Number among all questions of its node. */
  readonly id: number;
  /** Id of its node, by which the answer finds its inbox. */
  readonly nodeId: string;
  readonly name: string;
  readonly hub: string | null;
  readonly args: readonly unknown[];
}

/** @param args As `writeValue` makes them. */
export function writeQuestion({ id, nodeId, name, hub }: Omit<QuestionItem, 'args'>, args: Uint8Array) {
  return [ItemKind.Request, id, writeName(nodeId), name, hub, args];
}

export function readQuestion([, number, node, what, about, bytes]: readonly unknown[]): QuestionItem | undefined {
  const id = countOf(number);
  const nodeId = nameOf(node);
  const name = textOf(what);
  const hub = about === null ? null : textOf(about);
  const args = readValue(bytes);
  if (id === undefined || nodeId === undefined || name === undefined || hub === undefined) return undefined;
  return Array.isArray(args) ? { id, nodeId, name, hub, args } : undefined;
}

/** An answer of another node. */
export interface AnswerItem {
  readonly id: number;
  readonly status: Status;
  readonly value: unknown;
}

/** @param value As `writeValue` makes it. */
export function writeAnswer(id: number, status: Status, value: Uint8Array) {
  return [ItemKind.Answer, id, status, value];
}

export function readAnswer([, number, status, bytes]: readonly unknown[]): AnswerItem | undefined {
  const id = countOf(number);
  return id === undefined || !isStatus(status) ? undefined : { id, status, value: readValue(bytes) };
}
