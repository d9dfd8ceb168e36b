import { checkName, refuse } from '../option-checks.ts';
import { type SendOptions, SLOW_CONSUMER_POLICIES } from '../protocol/encoded-message.ts';
import { checkMessageId } from './history.ts';
import type { InvokeOptions, KeepOptions } from './routing.ts';

/** Options of `with`: those of messages, and those of invocations of one client. */
export type ClientCallOptions = SendOptions & KeepOptions & InvokeOptions;

const KNOWN = { conflate: true, policy: true, messageId: true, timeoutMs: true, signal: true } satisfies Record<
  keyof ClientCallOptions,
  true
>;
const AT = { call: 'with', name: '' };

/**
 * Checks the options of `with`. It is on the path of messages: no rules and no copy are made, and `timeoutMs` and
 * `signal` are checked by `invoke`.
 *
 * @throws {OptionsError} and, for a wrong `messageId`, {TypeError}.
 */
export function checkClientCallOptions(options: ClientCallOptions): void {
  if (typeof options !== 'object' || options === null) refuse(options, { ...AT, name: 'options' }, 'an object');
  for (const name in options) if (!Object.hasOwn(KNOWN, name)) checkName(name, Object.keys(KNOWN), AT);
  const { policy, conflate, messageId } = options;
  if (messageId !== undefined) checkMessageId(messageId);
  if (policy !== undefined && !SLOW_CONSUMER_POLICIES.includes(policy)) {
    refuse(policy, { ...AT, name: 'policy' }, `one of ${SLOW_CONSUMER_POLICIES.join(', ')}`);
  }
  if (conflate !== undefined && typeof conflate !== 'string') refuse(conflate, { ...AT, name: 'conflate' }, 'a text');
}
