import { RefusedError } from '../errors.ts';
import { answerOf, type CheckedQuery, type FoundConnections, type RemoteConnection } from '../hub/found-connections.ts';
import type { AbortOptions, InvokeOptions } from '../hub/routing.ts';
import { type Target, toConnections } from '../hub/target.ts';
import type { OtherNodes } from '../routing/other-nodes.ts';
import type { PendingInvocation } from '../routing/pending-invocation.ts';
import type { RoutedMessage } from '../routing/routed-message.ts';
import { byOwner } from './by-owner.ts';
import type { SharedHistories } from './history/shared-histories.ts';
import { readAnswers } from './requests/all-answers.ts';
import type { Question } from './requests/requests.ts';
import { SentMessages, type SentMessagesParts } from './sent-messages.ts';
import { allChannel, groupChannel, userChannel } from './wire/channels.ts';
import { writeName } from './wire/fields.ts';

export interface HubClusterParts extends SentMessagesParts {
  /** undefined: no group of the hub keeps its messages. */
  readonly histories: Pick<SharedHistories, 'has' | 'whenHeard'> | undefined;
  /** Whether messages are refused as long as they cannot reach the other nodes. */
  readonly mayRefuse: boolean;
}

/** The other nodes, as one hub of this node reaches them over the backplane. */
export class HubCluster implements OtherNodes {
  readonly #parts: HubClusterParts;
  readonly #sent: SentMessages;

  constructor(parts: HubClusterParts) {
    this.#parts = parts;
    this.#sent = new SentMessages(parts);
  }

  get mayRefuse(): boolean {
    return this.#parts.mayRefuse;
  }

  deliver(target: Target, routed: RoutedMessage): void {
    this.#sent.deliver(target, routed);
  }

  begin(connectionId: string, options: InvokeOptions): PendingInvocation {
    return this.#parts.invocations.begin(connectionId, options);
  }

  async abort(target: Target, options: AbortOptions): Promise<void> {
    const { link, hub } = this.#parts;
    const question = (which: Target) => ({
      name: 'abort',
      hub,
      args: [JSON.stringify(which), JSON.stringify(options)],
    });
    if (target.to !== 'connections') {
      readAnswers(await link.askAll(question(target)), 'ended', undefined);
      return;
    }
    const asked = [...byOwner(link, target.ids)].map(([node, ids]) => link.ask(node, question(toConnections(ids))));
    for (const answer of await Promise.all(asked)) readAnswers(answer, 'ended', undefined);
  }

  join(connectionId: string, group: string): Promise<void> {
    return this.#move('join', connectionId, group);
  }
  leave(connectionId: string, group: string): Promise<void> {
    return this.#move('leave', connectionId, group);
  }

  async members(group: string, here: readonly string[]): Promise<readonly string[]> {
    const { link, hub } = this.#parts;
    const answers = await link.askAll({ name: 'members', hub, args: [writeName(group)] });
    const all = [...here];
    for (const { value } of answers.replies) {
      if (Array.isArray(value)) for (const id of value) if (typeof id === 'string') all.push(id);
    }
    readAnswers(answers, 'told who is in the group', all);
    return all;
  }

  count(group: string, here: number): Promise<number> {
    return this.#sum({ name: 'count', args: [writeName(group)] }, 'counted the group', here);
  }

  connections(here: number): Promise<number> {
    return this.#sum({ name: 'connections', args: [] }, 'counted their connections', here);
  }

  async find(query: CheckedQuery, here: readonly RemoteConnection[]): Promise<FoundConnections> {
    const { link, hub } = this.#parts;
    const { replies, missing } = await link.askAll({ name: 'find', hub, args: [JSON.stringify(query)] });
    const found = [...here];
    for (const { value } of replies) if (Array.isArray(value)) found.push(...value.filter(isFound));
    return answerOf(
      found,
      query,
      missing.map(({ nodeId }) => nodeId),
    );
  }

  refusal(target: Target): RefusedError | undefined {
    const { link } = this.#parts;
    if (link.isLinked || (target.to === 'connections' && byOwner(link, target.ids).size === 0)) return undefined;
    return new RefusedError('The other nodes cannot be reached, so the message is not sent (onOutage).');
  }

  whenHeard(group: string): Promise<void> | undefined {
    const { histories } = this.#parts;
    if (histories?.has(group) === true) return histories.whenHeard(group);
    return this.#parts.link.whenHeard(groupChannel(this.#parts.hub, group));
  }

  whenReached(userId: string | undefined): Promise<void> | undefined {
    const { hub, link } = this.#parts;
    const all = link.whenHeard(allChannel(hub));
    const ofUser = userId === undefined ? undefined : link.whenHeard(userChannel(hub, userId));
    if (all === undefined) return ofUser;
    return ofUser === undefined ? all : all.then(() => ofUser);
  }

  /** The sum of the answers of all nodes. @param done What they should have done, for an error. */
  async #sum(question: Omit<Question, 'hub'>, done: string, here: number): Promise<number> {
    const answers = await this.#parts.link.askAll({ ...question, hub: this.#parts.hub });
    let count = here;
    for (const { value } of answers.replies) if (Number.isSafeInteger(value)) count += value as number;
    readAnswers(answers, done, count);
    return count;
  }

  async #move(name: 'join' | 'leave', connectionId: string, group: string): Promise<void> {
    const { link, hub } = this.#parts;
    for (const [node] of byOwner(link, [connectionId])) {
      const answers = await link.ask(node, { name, hub, args: [connectionId, writeName(group)] });
      readAnswers(answers, `let the connection ${name} the group`, undefined);
    }
  }
}

/** Whether another node has sent a connection, as far as it is looked at here. */
function isFound(value: unknown): value is RemoteConnection {
  const { connectionId, connectedAt } = (value ?? {}) as Partial<RemoteConnection>;
  return typeof connectionId === 'string' && typeof connectedAt === 'number';
}
