import { checkName, refuse } from '../option-checks.ts';
import { type SendOptions, SLOW_CONSUMER_POLICIES } from '../protocol/encoded-message.ts';
import type { InvokeOptions } from './routing.ts';

/** What `with` takes: of messages, and of questions. */
export type ClientCallOptions = SendOptions & InvokeOptions;

const KNOWN = { conflate: true, policy: true, timeoutMs: true, signal: true } satisfies Record<
  keyof ClientCallOptions,
  true
>;
const AT = { call: 'with', name: '' };

/**
 * Looks at what somebody says about one message. It is on the message path: no rules, no copy, and what belongs to a question is
 * looked at when it is asked.
 *
 * @throws {OptionsError}
 */
export function checkClientCallOptions(options: ClientCallOptions): void {
  if (typeof options !== 'object' || options === null) refuse(options, { ...AT, name: 'options' }, 'an object');
  for (const name in options) if (!Object.hasOwn(KNOWN, name)) checkName(name, Object.keys(KNOWN), AT);
  const { policy, conflate } = options;
  if (policy !== undefined && !SLOW_CONSUMER_POLICIES.includes(policy)) {
    refuse(policy, { ...AT, name: 'policy' }, `one of ${SLOW_CONSUMER_POLICIES.join(', ')}`);
  }
  if (conflate !== undefined && typeof conflate !== 'string') refuse(conflate, { ...AT, name: 'conflate' }, 'a text');
}
