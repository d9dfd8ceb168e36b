import type { HubError } from '../errors.ts';
import { callable, listOf } from '../option-checks.ts';
import type { User } from './connection-info.ts';
import type { OutboxName } from './outbox-options.ts';
import type { Target } from './target.ts';

/** A message before its delivery, as moderators see it. */
export interface Moderated {
  /** The method of the clients that it calls. */
  readonly method: string;
  /**
   * Its arguments, as the moderators before have left them. They are the sender's own values and no copies. A change
   * inside of them changes nothing that is delivered: return `{ args }` instead.
   */
  readonly args: readonly unknown[];
  readonly sender: {
    /** undefined: the server itself has sent it, by a hub context. */
    readonly connectionId: string | undefined;
    /** null: anonymous, or the server itself. */
    readonly user: User | null;
  };
  /** 'broadcast': to all, to others or to groups. 'whisper': to one connection, to a user, or to a list of these. */
  readonly to: OutboxName;
  readonly target: Target;
}

/** undefined: the message may pass. `args`: it gets these arguments. A HubError refuses it. */
export type Verdict = undefined | { readonly args: readonly unknown[] } | HubError;

/**
 * Decides about each message of a hub before it is delivered. The text of a HubError reaches the sender, returned or
 * thrown. Any other value, and any other error, refuses the message, too: it has not said that the message may pass.
 *
 * While its promise waits, later messages of the same sender wait, too, and nobody else's.
 */
export type Moderator = (message: Moderated) => Verdict | Promise<Verdict>;

/** Rule of a list of moderators. */
export const MODERATORS = listOf(callable, 'a list of moderators, which are functions');
