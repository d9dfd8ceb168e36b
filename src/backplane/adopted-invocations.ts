import { DisconnectedError, HubError, isA, RefusedError, SerializationError, textOf } from '../errors.ts';
import type { EncodedMessage } from '../protocol/encoded-message.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import type { PendingInvocation } from '../routing/pending-invocation.ts';
import type { ThisNode } from '../routing/this-node.ts';
import type { OtherNode } from './link/directory.ts';
import type { NodeLink } from './node-link.ts';

/** Outcome of an invocation, as the node of the client sends it. */
export const Outcome = { Result: 0, Error: 1, Gone: 2, Refused: 3 } as const;

interface Adopted {
  readonly from: OtherNode;
  /** Grows with each invocation of that node. */
  readonly number: number;
  /** undefined: it has ended, and its outcome is on its way. */
  pending: PendingInvocation | undefined;
}

const NUMBER = /^s(\d{1,15})\./;

/**
 * Invocations of clients of this node by other nodes, for one hub. Their results are sent back until the other node has
 * said that it has them. They end when the other node has ended, or does not wait any more: otherwise a client that
 * never answers could not be invoked any more after a while.
 */
export class AdoptedInvocations {
  readonly #hub: string;
  readonly #link: NodeLink;
  /** By id. */
  readonly #adopted = new Map<string, Adopted>();

  constructor(hub: string, link: NodeLink) {
    this.#hub = hub;
    this.#link = link;
  }

  get size(): number {
    return this.#adopted.size;
  }

  /** Gives an invocation of another node to a client of this one. */
  deliver(
    thisNode: ThisNode,
    from: OtherNode,
    item: { readonly connectionId: string; readonly invocationId: string },
    message: EncodedMessage,
  ): void {
    const { connectionId, invocationId } = item;
    const adopted: Adopted = { from, number: Number(NUMBER.exec(invocationId)?.[1] ?? 0), pending: undefined };
    this.#adopted.set(invocationId, adopted);
    const answer = (kind: number, value: unknown): void => void this.#answer(adopted, invocationId, kind, value);
    try {
      adopted.pending = thisNode.invoke(connectionId, invocationId, message);
      adopted.pending.result.then(
        (result) => answer(Outcome.Result, result),
        (error: unknown) => answer(kindOf(error), textOf(error)),
      );
    } catch (error) {
      answer(kindOf(error), textOf(error));
    }
  }

  /** Those of these invocations that are not here. */
  unknownOf(ids: readonly string[]): readonly string[] {
    return ids.filter((id) => !this.#adopted.has(id));
  }

  /** A node waits for these of its invocations, and for no other one up to a number. */
  keepOnly(ids: readonly string[], upTo: number, bootId: string): void {
    const kept = new Set(ids);
    this.#end(({ from, number }, id) => from.bootId === bootId && number <= upTo && !kept.has(id));
  }

  /** A node has ended: it waits for nothing. */
  left({ bootId }: OtherNode): void {
    this.#end(({ from }) => from.bootId === bootId);
  }

  #end(isOver: (adopted: Adopted, id: string) => boolean): void {
    for (const [id, adopted] of this.#adopted) {
      if (adopted.pending === undefined || !isOver(adopted, id)) continue;
      this.#adopted.delete(id);
      adopted.pending.fail(new HubError(errorTexts.invocationCanceled));
    }
  }

  /** Sends an outcome until it has arrived, or the node of the invocation has ended. */
  async #answer(adopted: Adopted, id: string, kind: number, value: unknown): Promise<void> {
    // Nobody waits for it.
    if (this.#adopted.get(id) !== adopted) return;
    adopted.pending = undefined;
    // A method that returns nothing has no result, which is not the same as null.
    const args = [id, kind, ...(value === undefined ? [] : [value])];
    // If it does not arrive in time, the other node asks, hears that it is not here, and gives up.
    try {
      await this.#tell(adopted.from, args);
    } catch (error) {
      if (!isA(SerializationError, error)) this.#link.failed(error);
      await this.#tell(adopted.from, [id, Outcome.Refused, `The result cannot be sent to its node. ${textOf(error)}`]);
    }
    if (this.#adopted.get(id) === adopted) this.#adopted.delete(id);
  }

  async #tell(node: OtherNode, args: readonly unknown[]): Promise<void> {
    await this.#link.ask(node, { name: 'result', hub: this.#hub, args });
  }
}

function kindOf(error: unknown): number {
  if (isA(HubError, error)) return Outcome.Error;
  return isA(DisconnectedError, error) ? Outcome.Gone : Outcome.Refused;
}

/** The error that an outcome stands for. */
export function errorOf(kind: unknown, told: string): Error {
  if (kind === Outcome.Error) return new HubError(told);
  return kind === Outcome.Gone ? new DisconnectedError(told) : new RefusedError(told);
}
