import type { Position } from '../protocol/position.ts';
import type { AbortOptions, InvokeOptions, MessageOptions } from './routing.ts';

type ParametersOf<F> = F extends (...args: infer P) => unknown ? P : never;
type ResultOf<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never;
type NamesOf<C> = keyof C & string;
/** Names of the methods that return a result. */
type ResultNames<C> = {
  // biome-ignore lint/suspicious/noConfusingVoidType: what a method without a result returns
  [K in keyof C]: C[K] extends (...args: never[]) => infer R ? ([Awaited<R>] extends [void] ? never : K) : never;
}[keyof C] &
  string;

/** Any client: its methods are not known at run time. Their types are a promise of the hub's author. */
export type AnyClient = Record<string, (...args: unknown[]) => unknown>;

/** A set of connections to send to. */
export interface Receivers<C> {
  /**
   * Calls a method of each of these clients. Never throws. The promise resolves when the message is in the lane of
   * every receiver. It does not wait for any socket, except `caller.send`, which waits while the caller itself reads
   * too slowly. While the server has more to write to a receiver than one turn writes (`slowConsumer.highWaterBytes`),
   * it resolves when that is written. It rejects when the message cannot be written or is refused. It need not be
   * awaited.
   *
   * To one group that keeps its messages (`history` of the hub) it resolves with the position of the message, when it
   * stands in the history, and rejects with a `RefusedError` when the backplane cannot be reached; otherwise with
   * undefined.
   */
  send<K extends NamesOf<C>>(method: K, ...args: ParametersOf<C[K]>): Promise<Position | undefined>;
  /** The same receivers, with options for what is sent. */
  with(options: MessageOptions): Receivers<C>;
}

/** All connections of a user. */
export interface UserReceivers<C> extends Receivers<C> {
  with(options: MessageOptions): UserReceivers<C>;
  /** Ends these connections. Resolves when all of them are closing. */
  abort(options?: AbortOptions): Promise<void>;
}

/** One connection. */
export interface Receiver<C> extends Receivers<C> {
  with(options: MessageOptions & InvokeOptions): Receiver<C>;
  /**
   * Calls a method of this client and resolves with its result (SignalR's client results). The result is not checked
   * against the type: it comes from a client. Rejects with a `HubError` when the client returns an error, or when
   * `timeoutMs` or `signal` ends the waiting; with a `DisconnectedError` when the connection does not exist or ends;
   * with a `RefusedError` when a limit refuses, when the time of the call is over, and in `onConnected`, where no client
   * can return a result yet.
   *
   * While a method waits for a result, its time limit does not run, and it does not count as one of the parallel
   * invocations of its caller.
   */
  invoke<K extends ResultNames<C>>(method: K, ...args: ParametersOf<C[K]>): Promise<ResultOf<C[K]>>;
  /** Ends this connection. Resolves when it is closing. */
  abort(options?: AbortOptions): Promise<void>;
}

/**
 * All connections of a hub, and ways to select some of them. Unknown ids, users and groups are no error: they select
 * none.
 */
export interface HubClients<C> {
  readonly all: Receivers<C>;
  allExcept(ids: readonly string[]): Receivers<C>;
  client(id: string): Receiver<C>;
  clients(ids: readonly string[]): Receivers<C>;
  group(name: string): Receivers<C>;
  /** A member of several of these groups gets the message once for each of them, as in ASP.NET Core SignalR. */
  groups(names: readonly string[]): Receivers<C>;
  groupExcept(name: string, ids: readonly string[]): Receivers<C>;
  user(id: string): UserReceivers<C>;
  users(ids: readonly string[]): Receivers<C>;
}

/** `HubClients` inside of a call, which has a caller. */
export interface CallerClients<C> extends HubClients<C> {
  readonly caller: Receiver<C>;
  readonly others: Receivers<C>;
  othersInGroup(name: string): Receivers<C>;
}
