import { callable, checkName, isPlain, listOf, type Place, refuse } from '../option-checks.ts';
import { unawaited } from '../promises.ts';
import type { CloseReason } from '../protocol/close.ts';
import { kindOf } from '../value-texts.ts';
import type { AnyClient } from './clients.ts';
import type { Hub } from './hub.ts';
import type { MethodRecord } from './method.ts';

/** The hub object of any hub, as filters see it. */
export type AnyHub = Hub<AnyClient, unknown, unknown>;

/** A call, as filters see it. */
export interface InvocationContext {
  readonly hub: AnyHub;
  /** The declared name of the method. */
  readonly method: string;
  /** The checked arguments, then an AsyncIterable for each stream from the client. */
  readonly args: readonly unknown[];
}

/**
 * Code around every call, `onConnected` and `onDisconnected` (ASP.NET Core SignalR's IHubFilter). The server's filters
 * are outermost, then the hub's, each list in its order. An error of a filter is treated like an error of the hub. A
 * slow filter delays its own connection, and no other.
 */
export interface HubFilter {
  /**
   * Runs around a call. `next` runs the next filter or the method, with `args` in place of the call's own if they are
   * given. It resolves with the result; for a stream with what its method has returned, before any item. The client
   * gets what the filter returns. Without `next` the method does not run.
   */
  invoke?(context: InvocationContext, next: (args?: readonly unknown[]) => Promise<unknown>): unknown;
  /**
   * Without `next` the hub's `onConnected` does not run. A filter that returns has admitted the client all the same.
   */
  onConnected?(hub: AnyHub, next: () => Promise<void>): void | Promise<void>;
  onDisconnected?(hub: AnyHub, reason: CloseReason, next: () => Promise<void>): void | Promise<void>;
}

const HOOKS = Object.keys({
  invoke: true,
  onConnected: true,
  onDisconnected: true,
} satisfies Record<keyof HubFilter, true>) as readonly (keyof HubFilter)[];

/** The filters of one hub, sorted once by their hooks. Without a filter no object is made for a call. */
export class Filters {
  readonly #invoke: readonly HubFilter[];
  readonly #onConnected: readonly HubFilter[];
  readonly #onDisconnected: readonly HubFilter[];

  constructor(filters: readonly HubFilter[]) {
    const having = (hook: keyof HubFilter) => filters.filter((filter) => filter[hook] !== undefined);
    this.#invoke = having('invoke');
    this.#onConnected = having('onConnected');
    this.#onDisconnected = having('onDisconnected');
  }

  /**
   * Runs the method of a call with its filters. May throw.
   *
   * @param ran Called with what the method returns to a filter.
   */
  invoke(
    hub: AnyHub,
    method: MethodRecord & { readonly name: string },
    args: readonly unknown[],
    ran?: (returned: unknown) => void,
  ): unknown {
    if (this.#invoke.length === 0) return method.run(hub, ...args);
    const filters = this.#invoke;
    const step = async (at: number, now: readonly unknown[]): Promise<unknown> => {
      const filter = filters[at];
      if (filter === undefined) {
        const returned = method.run(hub, ...now);
        ran?.(returned);
        return returned;
      }
      const next = (replaced = now): Promise<unknown> => unawaited(step(at + 1, replaced));
      return filter.invoke?.({ hub, method: method.name, args: now }, next);
    };
    return step(0, args);
  }

  connect(hub: AnyHub, onConnected: () => unknown): unknown {
    return through(this.#onConnected, (filter, next) => filter.onConnected?.(hub, next), onConnected);
  }

  disconnect(hub: AnyHub, reason: CloseReason, onDisconnected: () => unknown): unknown {
    return through(this.#onDisconnected, (filter, next) => filter.onDisconnected?.(hub, reason, next), onDisconnected);
  }
}

function through(
  filters: readonly HubFilter[],
  pass: (filter: HubFilter, next: () => Promise<void>) => unknown,
  innermost: () => unknown,
): unknown {
  if (filters.length === 0) return innermost();
  const step = async (at: number): Promise<void> => {
    const filter = filters[at];
    await (filter === undefined ? innermost() : pass(filter, () => unawaited(step(at + 1))));
  };
  return step(0);
}

/** Rule of a list of filters, for callers in plain JavaScript, which the types do not check. */
export const FILTERS = listOf({ read: readFilter }, 'a list of filters');

/**
 * Checks a filter. A plain object may hold hooks and nothing else. An object of a class may have other members, too,
 * but at least one hook: a misspelt `onConnect` would never run.
 */
function readFilter(value: unknown, at: Place): HubFilter {
  if (!isPlain(value)) return refuse(value, at, `an object with ${HOOKS.join(', ')} or some of them`, kindOf);
  const hooks = HOOKS.filter((hook) => value[hook] !== undefined);
  for (const hook of hooks) callable.read(value[hook], { ...at, name: `${at.name}.${hook}` });
  if ([Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    for (const name of Object.keys(value)) checkName(name, HOOKS, at);
  } else if (hooks.length === 0) {
    refuse(value, at, `a filter: it has none of ${HOOKS.join(', ')}`, kindOf);
  }
  return value;
}
