import { OptionsError } from '../errors.ts';
import { type ConnectionQuery, readQuery } from '../hub/found-connections.ts';
import { type AbortOptions, readAbortOptions } from '../hub/routing.ts';
import { type Target, targetFault } from '../hub/target.ts';
import type { ThisNode } from '../routing/this-node.ts';
import type { RemoteInvocations } from './remote-invocations.ts';
import type { Answers } from './requests/answers.ts';
import { nameOf, textOf } from './wire/fields.ts';

/**
 * Answers the questions of other nodes about one hub of this node.
 *
 * @param whenHeard As in `OtherNodes`: a connection has joined a group when the messages of other nodes to it come.
 */
export function answerForHub(
  answers: Answers,
  hub: string,
  thisNode: ThisNode,
  invocations: RemoteInvocations,
  whenHeard: (group: string) => Promise<void> | undefined,
): void {
  answers.on('abort', hub, ([target, options]) => thisNode.abort(targetOf(target), optionsOf(options)));
  answers.on('join', hub, ([id, name]) => {
    const group = required(nameOf(name));
    thisNode.join(required(textOf(id)), group);
    return whenHeard(group);
  });
  answers.on('leave', hub, ([id, group]) => thisNode.leave(required(textOf(id)), required(nameOf(group))));
  answers.on('members', hub, ([group]) => thisNode.members(required(nameOf(group))));
  answers.on('count', hub, ([group]) => thisNode.count(required(nameOf(group))));
  answers.on('connections', hub, () => thisNode.connections());
  answers.on('find', hub, ([query]) =>
    thisNode.find(readQuery(JSON.parse(required(textOf(query))) as ConnectionQuery)),
  );
  answers.on('result', hub, (args, bootId) => invocations.complete(args, bootId));
  answers.on('unknown-invocations', hub, (args, bootId) => invocations.unknownOf(args, bootId));
}

function required(value: string | undefined): string {
  if (value === undefined) throw new OptionsError('Another node has asked something without saying what about.');
  return value;
}

function targetOf(value: unknown): Target {
  const target = JSON.parse(required(textOf(value))) as Target | null;
  const fault = target === null || typeof target !== 'object' ? 'It is no object.' : faultOf(target);
  if (fault !== undefined) throw new OptionsError(`Another node has named receivers that cannot be. ${fault}`);
  return target as Target;
}

function faultOf(target: Target): string | undefined {
  const kinds: readonly Target['to'][] = ['all', 'groups', 'connections', 'users'];
  return kinds.includes(target.to) ? targetFault(target) : 'Their kind is unknown.';
}

function optionsOf(value: unknown): AbortOptions {
  return readAbortOptions(JSON.parse(required(textOf(value))) as AbortOptions);
}
