import type { StandardSchemaV1 } from '@standard-schema/spec';
import { ArgumentsError, isA, loggable, OptionsError, visibleDetail } from '../errors.ts';
import type { Log } from '../log.ts';
import { errorTexts } from '../protocol/error-texts.ts';
import { type InvocationMessage, MessageType, type StreamInvocationMessage } from '../protocol/messages.ts';
import { authorized } from './authorize.ts';
import type { User } from './connection-info.ts';
import { type MethodRecord, recordOfMethod, type Schemas } from './method.ts';

export type CallMessage = InvocationMessage | StreamInvocationMessage;

/** A method under its declared name, ready to be called with checked arguments. */
export interface PreparedCall {
  readonly method: NamedMethod;
  readonly args: readonly unknown[];
}

/** The text with which a call is refused before its method runs. */
export interface RefusedCall {
  readonly refusal: string;
}

export interface NamedMethod extends MethodRecord {
  readonly name: string;
}

/**
 * From a call's name and values to a method and its arguments. The order of the checks is the original's: the method, its
 * arguments, the caller's right, the kind of call, the streams.
 */
export class Dispatcher {
  readonly #methods = new Map<string, NamedMethod>();
  readonly #detailedErrors: boolean;
  readonly #log: Log;

  /** @throws {OptionsError} when two names differ in case only, or something is no method. */
  constructor(hubPath: string, methods: Readonly<Record<string, unknown>>, detailedErrors: boolean, log: Log) {
    this.#detailedErrors = detailedErrors;
    this.#log = log;
    for (const [name, made] of Object.entries(methods)) {
      const record = recordOfMethod(made);
      if (record === undefined) {
        throw new OptionsError(
          `${hubPath}: methods.${name} is no method; make it with method([...], (hub, ...) => ...).`,
        );
      }
      const twin = this.#methods.get(name.toLowerCase());
      if (twin !== undefined) {
        throw new OptionsError(
          `${hubPath}: the methods ${twin.name} and ${name} differ in case only, but clients call them ignoring case.`,
        );
      }
      this.#methods.set(name.toLowerCase(), Object.freeze({ ...record, name }));
    }
  }

  /** Everything that can be said of a call before it runs. A promise only when one of its schemas is asynchronous. */
  prepare(call: CallMessage, user: User | null): PreparedCall | RefusedCall | Promise<PreparedCall | RefusedCall> {
    const method = this.#methods.get(call.target.toLowerCase());
    if (method === undefined) return { refusal: errorTexts.methodDoesNotExist(call.target) };
    try {
      if (call.unbindable) throw new ArgumentsError('An argument cannot be read: it is broken, or no valid Unicode.');
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
        if (authorized(method.authorize, user) !== 'allowed') return { refusal: errorTexts.unauthorized(method.name) };
      } catch (error) {
        this.#log.error({ error: loggable(error), method: method.name }, 'authorize threw');
        return { refusal: errorTexts.methodFailed(method.name, visibleDetail(error, this.#detailedErrors)) };
      }
    }
    if (call.type === MessageType.StreamInvocation) return { refusal: errorTexts.notAStream(method.name) };
    if (call.streamIds.length > 0) {
      return { refusal: errorTexts.wrongStreamCount(method.name, call.streamIds.length, 0) };
    }
    return { method, args };
  }

  #unbound(method: NamedMethod, error: unknown): RefusedCall {
    if (!isA(ArgumentsError, error)) this.#log.error({ error: loggable(error), method: method.name }, 'a schema threw');
    return { refusal: errorTexts.cannotBind(method.name, visibleDetail(error, this.#detailedErrors)) };
  }
}

/** @throws {ArgumentsError} */
function bind(schemas: Schemas, values: readonly unknown[]): readonly unknown[] | Promise<readonly unknown[]> {
  const bound: unknown[] = [];
  let pending = false;
  for (let at = 0; at < schemas.length; at++) {
    const schema = schemas[at] as StandardSchemaV1;
    const result = schema['~standard'].validate(values[at]);
    if (result instanceof Promise) {
      pending = true;
      const output = result.then((settled) => outputOf(settled, at, schemas, values));
      // Nobody looks at it when a later argument is refused first.
      output.catch(() => {});
      bound.push(output);
    } else {
      bound.push(outputOf(result, at, schemas, values));
    }
  }
  if (values.length > schemas.length) throw wrongCount(schemas, values);
  return pending ? Promise.all(bound) : bound;
}

function outputOf(
  result: StandardSchemaV1.Result<unknown>,
  at: number,
  schemas: Schemas,
  values: readonly unknown[],
): unknown {
  if (result.issues === undefined) return result.value;
  // Left out, and the schema does not take undefined.
  if (at >= values.length) throw wrongCount(schemas, values);
  throw new ArgumentsError(`Argument ${at + 1}: ${result.issues.map(issueText).join('; ')}`);
}

function issueText(issue: StandardSchemaV1.Issue): string {
  const path = issue.path?.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  return path === undefined || path === '' ? issue.message : `${path}: ${issue.message}`;
}

function wrongCount(schemas: Schemas, values: readonly unknown[]): ArgumentsError {
  return new ArgumentsError(`Invocation provides ${values.length} argument(s) but target expects ${schemas.length}.`);
}
