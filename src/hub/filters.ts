import { callable, checkName, isPlain, listOf, type Place, refuse } from '../option-checks.ts';
import { unawaited } from '../promises.ts';
import type { CloseReason } from '../protocol/close.ts';
import { kindOf } from '../value-texts.ts';
import type { Hub } from './hub.ts';
import type { MethodRecord } from './method.ts';

/** Any hub, as filters see it. */
export type AnyHub = Hub<Record<string, (...args: unknown[]) => unknown>, unknown, unknown>;

/** A call, as filters see it. */
export interface InvocationContext {
  readonly hub: AnyHub;
  /** Its declared name. */
  readonly method: string;
  /** Checked, and behind them what the client streams, an AsyncIterable each. */
  readonly args: readonly unknown[];
}

/**
 * What is wrapped around every call and around both ends of a connection (ASP.NET Core SignalR's IHubFilter). The server's
 * filters are outermost, then the hub's, each list in its order. What a filter throws is treated as if the hub had thrown
 * it. A filter that takes its time delays its own connection, and no other.
 */
export interface HubFilter {
  /**
   * A call. `next` goes on inwards, with `args` in place of the call's own if they are given, and resolves with the result:
   * for a stream with what its method has made, before any item. What the filter returns is what the client gets; without
   * `next` the method does not run.
   */
  invoke?(context: InvocationContext, next: (args?: readonly unknown[]) => Promise<unknown>): unknown;
  /** Without `next` the hub's `onConnected` does not run; a filter that returns has let the client in nevertheless. */
  onConnected?(hub: AnyHub, next: () => Promise<void>): void | Promise<void>;
  onDisconnected?(hub: AnyHub, reason: CloseReason, next: () => Promise<void>): void | Promise<void>;
}

const HOOKS = ['invoke', 'onConnected', 'onDisconnected'] as const;

/** The filters of one hub, sorted once by what they wrap. Where there is none, nothing is made for a call. */
export class Filters {
  readonly #invoke: readonly HubFilter[];
  readonly #onConnected: readonly HubFilter[];
  readonly #onDisconnected: readonly HubFilter[];

  constructor(filters: readonly HubFilter[]) {
    const having = (hook: (typeof HOOKS)[number]) => filters.filter((filter) => filter[hook] !== undefined);
    this.#invoke = having('invoke');
    this.#onConnected = having('onConnected');
    this.#onDisconnected = having('onDisconnected');
  }

  /** Runs the method of a call. May throw, as the method may. @param ran Hears what it returns to a filter. */
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
  inmost: () => unknown,
): unknown {
  if (filters.length === 0) return inmost();
  const step = async (at: number): Promise<void> => {
    const filter = filters[at];
    await (filter === undefined ? inmost() : pass(filter, () => unawaited(step(at + 1))));
  };
  return step(0);
}

/** What a list of filters may be. Types say it already; callers in plain JavaScript get told. */
export const FILTERS = listOf({ read: readFilter }, 'a list of filters');

/**
 * A plain object holds hooks and nothing else. An object of a class may have whatever it needs, and at least one hook: one with
 * `onConnect` would never run.
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
