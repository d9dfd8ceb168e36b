import type { Moderated, Moderator, Verdict } from '../../src/hub/moderator.ts';
import { HubError } from '../../src/index.ts';

/** A message from a connection without a user. */
export function message(args: readonly unknown[], from: Partial<Moderated> = {}): Moderated {
  const sender = { connectionId: 'c', user: null };
  return { method: 'Said', args, sender, to: 'broadcast', target: { to: 'all', except: [] }, ...from };
}

/** What becomes of a message: its arguments, or the text of the refusal. */
export function outcome(moderator: Moderator, ...args: readonly unknown[]): unknown {
  return outcomeOf(moderator, message(args));
}

export function outcomeOf(moderator: Moderator, asked: Moderated): unknown {
  try {
    const verdict = moderator(asked) as Verdict;
    if (verdict instanceof HubError) return verdict.message;
    return (verdict ?? asked).args;
  } catch (error) {
    if (error instanceof HubError) return error.message;
    throw error;
  }
}
