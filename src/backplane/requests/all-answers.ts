import { HubError, RefusedError } from '../../errors.ts';
import { textOf } from '../wire/fields.ts';
import type { Replies } from './requests.ts';
import { Status } from './status.ts';

/**
 * Checks whether all nodes that were asked have answered. A node that has ended meanwhile has nothing left to answer
 * for.
 *
 * @param done What they should have done, for the text.
 * @param partial The answer of those that have.
 * @throws {HubError} as another node has thrown it, {RefusedError} that names the nodes that are missing.
 */
export function readAnswers({ replies, missing }: Replies, done: string, partial: unknown): void {
  for (const { status, value } of replies) {
    if (status === Status.Refused) throw new HubError(textOf(value) ?? '');
  }
  if (missing.length === 0) return;
  const ids = missing.map(({ nodeId }) => nodeId);
  throw new RefusedError(`Not all nodes have ${done} in time. Missing: ${ids.join(', ')}.`, { missing: ids, partial });
}
