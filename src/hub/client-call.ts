import { promised, unawaited } from '../promises.ts';
import type { Position } from '../protocol/position.ts';
import { type ClientCallOptions, checkClientCallOptions } from './client-call-options.ts';
import { type AbortOptions, readAbortOptions } from './routing.ts';
import type { SenderScope } from './sender-scope.ts';
import { namesFault, type Target, targetFault } from './target.ts';

const NO_OPTIONS: ClientCallOptions = {};

/** Calls of methods of the clients of one target, with the options of `with`. An invalid call rejects its promise. */
export class ClientCall {
  readonly #scope: SenderScope;
  readonly #target: Target;
  readonly #options: ClientCallOptions;

  constructor(scope: SenderScope, target: Target, options = NO_OPTIONS) {
    this.#scope = scope;
    this.#target = target;
    this.#options = options;
  }

  /** @throws {OptionsError} */
  with(options: ClientCallOptions): ClientCall {
    checkClientCallOptions(options);
    return new ClientCall(this.#scope, this.#target, { ...this.#options, ...options });
  }

  send(method: string, args: readonly unknown[]): Promise<Position | undefined> {
    const scope = this.#scope;
    try {
      this.#check(method);
    } catch (error) {
      return unawaited(Promise.reject(error));
    }
    return scope.routing.send(scope.sender, this.#target, method, args, this.#options);
  }

  /** @param connectionId The only connection of the target. */
  invoke(connectionId: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const scope = this.#scope;
    try {
      this.#check(method);
      scope.suspend();
    } catch (error) {
      return unawaited(Promise.reject(error));
    }
    const result = scope.routing.invoke(scope.sender, connectionId, method, args, this.#options);
    const resume = () => scope.resume();
    result.then(resume, resume);
    return result;
  }

  abort(options?: AbortOptions): Promise<void> {
    return promised(() => {
      const checked = readAbortOptions(options);
      this.#checkTarget();
      return this.#scope.routing.abort(this.#target, checked);
    });
  }

  /** @throws {RefusedError | TypeError} when the call has expired, or its target or method is not valid. */
  #check(method: string): void {
    this.#checkTarget();
    const fault = namesFault("A client method's name", [method]);
    if (fault !== undefined) throw new TypeError(fault);
  }

  #checkTarget(): void {
    this.#scope.assertOpen();
    const fault = targetFault(this.#target);
    if (fault !== undefined) throw new TypeError(fault);
  }
}
