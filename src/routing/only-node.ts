import { DisconnectedError } from '../errors.ts';
import { answerOf, type CheckedQuery, type FoundConnections, type RemoteConnection } from '../hub/found-connections.ts';
import type { Target } from '../hub/target.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import type { OtherNodes } from './other-nodes.ts';
import type { PendingInvocation } from './pending-invocation.ts';

const DONE = Promise.resolve();

/** There are no other nodes: a connection that this node does not have does not exist. */
export class OnlyNode implements OtherNodes {
  readonly mayRefuse = false;
  readonly #unknown: (connectionId: string) => void;

  /** @param unknown Called for each connection that a message or an abort names. */
  constructor(unknown: (connectionId: string) => void) {
    this.#unknown = unknown;
  }

  deliver(target: Target): void {
    if (target.to === 'connections') for (const id of target.ids) this.#unknown(id);
  }

  begin(connectionId: string): PendingInvocation {
    throw new DisconnectedError(errorTexts.connectionDoesNotExist(connectionId));
  }

  abort(target: Target): Promise<void> {
    this.deliver(target);
    return DONE;
  }

  join(): Promise<void> {
    return DONE;
  }

  leave(): Promise<void> {
    return DONE;
  }

  members(_group: string, here: readonly string[]): Promise<readonly string[]> {
    return Promise.resolve(here);
  }

  count(_group: string, here: number): Promise<number> {
    return Promise.resolve(here);
  }

  connections(here: number): Promise<number> {
    return Promise.resolve(here);
  }

  find(query: CheckedQuery, here: readonly RemoteConnection[]): Promise<FoundConnections> {
    return Promise.resolve(answerOf(here, query, []));
  }

  refusal(): undefined {
    return undefined;
  }

  whenHeard(): undefined {
    return undefined;
  }

  whenReached(): undefined {
    return undefined;
  }
}
