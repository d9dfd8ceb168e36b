import { createHash } from 'node:crypto';
import { type Clock, systemClock } from '../clock.ts';
import { HubError } from '../errors.ts';
import type { Moderated, Moderator } from '../hub/moderator.ts';
import { having, milliseconds, must, type Rules, readOptions, required, whole } from '../option-checks.ts';
import { folded } from './folded-text.ts';
import { checkPlace, TEXT_RULES, type TextOptions } from './text-options.ts';
import { Texts } from './texts.ts';

export interface RepeatsOptions extends TextOptions {
  /** Milliseconds in which a sender may send a text once. */
  readonly withinMs: number;
  /** There is nothing to mask in a text that repeats. */
  readonly action?: 'refuse';
  /** Number of texts, of all senders together, that are remembered; the oldest are forgotten. Default: 10,000. */
  readonly maximumRemembered?: number;
  /** The source of time. Default: `systemClock`. */
  readonly clock?: Pick<Clock, 'now'>;
}

const RULES = {
  ...TEXT_RULES,
  withinMs: required(milliseconds(1)),
  action: must("'refuse': a text that repeats has no place that could be masked", (value) => value === 'refuse'),
  maximumRemembered: whole(1),
  clock: having<Clock>(['now'], 'a clock'),
} satisfies Rules<RepeatsOptions>;

/** White space of any length counts as one space. */
const SPACE = /\s+/gu;

/**
 * Makes a moderator that refuses what its sender has sent a short time ago: the same user, or the same connection without
 * a user. Case, accents, white space and invisible characters make no difference. The server itself may repeat.
 *
 * It keeps a digest of each text and the moment, nothing else, and no timer.
 *
 * @throws {OptionsError}
 */
export function repeats(given: RepeatsOptions): Moderator {
  const options = readOptions('repeats', given, RULES);
  checkPlace('repeats', options);
  const { withinMs, maximumRemembered = 10_000, clock = systemClock } = options;
  const { refusal = 'You have just sent the same.' } = options;
  const texts = new Texts(options);
  /** Moments, oldest first, by sender and text. */
  const sent = new Map<string, number>();
  return (message) => {
    const key = keyOf(message, texts);
    if (key === undefined) return undefined;
    const now = clock.now();
    forget(sent, now - withinMs);
    if (sent.has(key)) return new HubError(refusal);
    sent.set(key, now);
    if (sent.size > maximumRemembered) forgetOldest(sent);
    return undefined;
  };
}

/** undefined: the message has no text, or no sender that could repeat it. */
function keyOf(message: Moderated, texts: Texts): string | undefined {
  const { connectionId, user } = message.sender;
  if (connectionId === undefined) return undefined;
  const found = texts.all(message);
  if (found.length === 0) return undefined;
  const sender = user === null ? ['connection', connectionId] : ['user', user.id];
  const same = found.map((text) => folded(text).replaceAll(SPACE, ' ').trim());
  return createHash('sha256')
    .update(JSON.stringify([...sender, ...same]))
    .digest('base64');
}

function forget(sent: Map<string, number>, until: number): void {
  for (const [key, at] of sent) {
    if (at > until) return;
    sent.delete(key);
  }
}

function forgetOldest(sent: Map<string, number>): void {
  for (const key of sent.keys()) {
    sent.delete(key);
    return;
  }
}
