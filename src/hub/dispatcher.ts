import { ArgumentsError, isA, loggable, OptionsError, visibleDetail } from '../errors.ts';
import type { Log } from '../log.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { type InvocationMessage, MessageType, type StreamInvocationMessage } from '../protocol/messages.ts';
import type { RefusalKind } from '../refusal-kinds.ts';
import { authorized } from './authorize.ts';
import { bind } from './binding.ts';
import type { User } from './connection-info.ts';
import { checkMethod, type MethodRecord, recordOfMethod } from './method.ts';

export type CallMessage = InvocationMessage | StreamInvocationMessage;

/** A method under its declared name, ready to be called with checked arguments. */
export interface PreparedCall {
  readonly method: NamedMethod;
  readonly args: readonly unknown[];
}

/** The error of a call that is refused before its method runs, with data for the log. */
export interface RefusedCall {
  /** The text for the client. */
  readonly refusal: string;
  /** undefined: an error of the hub's code, which is in the log already. */
  readonly kind: RefusalKind | undefined;
  /** undefined: the hub has no method of this name. */
  readonly method?: NamedMethod;
  /** Set when the arguments do not fit. */
  readonly error?: ArgumentsError;
  /** Whether it waits for a slot before it is refused, as in ASP.NET Core SignalR. */
  readonly takesSlot?: boolean;
}

export interface NamedMethod extends MethodRecord {
  readonly name: string;
  /** Whether it counts as one of a client's parallel invocations. Methods that stream, in either direction, do not. */
  readonly takesSlot: boolean;
}

/**
 * Finds the method of a call and binds its arguments. The order of the checks is that of ASP.NET Core SignalR: the
 * method, its arguments, the caller's right, the kind of call, the streams.
 */
export class Dispatcher {
  readonly #methods = new Map<string, NamedMethod>();
  readonly #detailedErrors: boolean;
  readonly #log: Log;

  /** @throws {OptionsError} when two names differ in case only, or a value is not a method. */
  constructor(hubPath: string, methods: Readonly<Record<string, unknown>>, detailedErrors: boolean, log: Log) {
    this.#detailedErrors = detailedErrors;
    this.#log = log;
    for (const name of Object.keys(methods)) {
      const made = recordOfMethod(methods[name]);
      if (made === undefined) {
        throw new OptionsError(
          `${hubPath}: methods.${name} is no method; make it with method([...], (hub, ...) => ...) or stream([...], ...).`,
        );
      }
      const record = checkMethod(`${hubPath}: methods.${name}`, made);
      const twin = this.#methods.get(name.toLowerCase());
      if (twin !== undefined) {
        throw new OptionsError(
          `${hubPath}: the methods ${twin.name} and ${name} differ in case only, but clients call them ignoring case.`,
        );
      }
      const takesSlot = record.kind === 'method' && record.uploads.length === 0;
      this.#methods.set(name.toLowerCase(), Object.freeze({ ...record, name, takesSlot }));
    }
  }

  /** The method of a name, in any case; undefined: there is none. */
  find(name: string): NamedMethod | undefined {
    return this.#methods.get(name.toLowerCase());
  }

  /**
   * Makes all checks of a call before its method runs. Returns a promise only when one of its schemas is asynchronous.
   */
  prepare(call: CallMessage, user: User | null): PreparedCall | RefusedCall | Promise<PreparedCall | RefusedCall> {
    const method = this.find(call.target);
    if (method === undefined) return { refusal: errorTexts.methodDoesNotExist(call.target), kind: 'no-such-method' };
    try {
      if (call.unbindable) throw new ArgumentsError(errorTexts.unreadable('An argument'));
      const args = bind(method.args, call.arguments);
      if (!(args instanceof Promise)) return this.#admit(call, method, args, user);
      return args.then(
        (bound) => this.#admit(call, method, bound, user),
        (error: unknown) => this.#unbound(method, error),
      );
    } catch (error) {
      return this.#unbound(method, error);
    }
  }

  #admit(
    call: CallMessage,
    method: NamedMethod,
    args: readonly unknown[],
    user: User | null,
  ): PreparedCall | RefusedCall {
    if (method.authorize !== undefined) {
      try {
        if (authorized(method.authorize, user) !== 'allowed') {
          return { refusal: errorTexts.unauthorized(method.name), kind: 'call-unauthorized', method };
        }
      } catch (error) {
        this.#log.error({ error: loggable(error), method: method.name }, 'authorize threw');
        const detail = visibleDetail(error, this.#detailedErrors);
        return { refusal: errorTexts.methodFailed(method.name, detail), kind: undefined };
      }
    }
    if (call.type === MessageType.StreamInvocation) {
      if (method.kind !== 'stream') {
        return { refusal: errorTexts.notAStream(method.name), kind: 'not-a-stream', method };
      }
    } else if (method.kind !== 'method') {
      const takesSlot = method.uploads.length === 0;
      return { refusal: errorTexts.notAMethod(method.name), kind: 'not-a-method', method, takesSlot };
    }
    const { length: sent } = call.streamIds;
    const { length: expected } = method.uploads;
    if (sent !== expected) {
      const refusal =
        call.hasNoUploads === true
          ? errorTexts.uploadsNotOffered(method.name)
          : errorTexts.wrongStreamCount(method.name, sent, expected);
      return { refusal, kind: 'wrong-uploads', method };
    }
    return { method, args };
  }

  #unbound(method: NamedMethod, error: unknown): RefusedCall {
    const refusal = errorTexts.cannotBind(method.name, visibleDetail(error, this.#detailedErrors));
    if (isA(ArgumentsError, error)) return { refusal, kind: 'arguments-unfit', method, error: error as ArgumentsError };
    this.#log.error({ error: loggable(error), method: method.name }, 'a schema threw');
    return { refusal, kind: undefined };
  }
}
