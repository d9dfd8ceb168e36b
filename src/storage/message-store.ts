import type { Retained } from './retained.ts';

/** A message of a conversation. Times are milliseconds since 1970. */
export interface NewMessage {
  /** Unique among all messages. Who sends gives it, so that a save may be repeated. */
  readonly id: string;
  /** Name of the conversation, such as `room:lobby` or `whisper:ann:bob`. */
  readonly conversation: string;
  /** Id of the user who wrote it; null: anonymous. */
  readonly authorId: string | null;
  /** Name that the author had then. */
  readonly author: string;
  readonly text: string;
  readonly sentAt: number;
  /** Id of the message that it answers; null: of none. */
  readonly replyTo: string | null;
}

/** A message as it is kept. */
export interface StoredMessage extends NewMessage {
  /** 1 for the first message of the conversation, and one more for each that was saved later. */
  readonly position: number;
  /** null: as it was sent. */
  readonly editedAt: number | null;
  /** null: it is there. Of a deleted message the text is '', and it has no reactions; its place stays. */
  readonly deletedAt: number | null;
  /** The kind that came first is the first. */
  readonly reactions: readonly ReactionCount[];
}

/** A kind of reaction, and how many users have it. */
export interface ReactionCount {
  readonly emoji: string;
  /** At least 1. */
  readonly count: number;
}

/** A reaction of a user to a message. */
export interface Reaction {
  readonly messageId: string;
  readonly emoji: string;
  /** Id of the user, or whatever else tells those who react apart. */
  readonly by: string;
  /** false: it is taken back. */
  readonly on: boolean;
}

export interface MessageQuery {
  readonly conversation: string;
  /** Id of a message of the conversation: only what was saved before it. */
  readonly before?: string;
  /** Id of a message of the conversation: only what was saved after it. With `before`, too: what is between them. */
  readonly after?: string;
  /** Largest number of messages. Default, and at most: 1,000. */
  readonly limit?: number;
}

/** A piece of a conversation. */
export interface MessagePage {
  /** The oldest first. With `after` those that follow it, otherwise the newest. */
  readonly messages: readonly StoredMessage[];
  /** Whether the query fits further messages: newer ones with `after`, otherwise older ones. */
  readonly more: boolean;
}

/** Largest number of messages of one page. */
export const MESSAGE_PAGE = 1_000;
/** Largest number of kinds of reactions to a message, so that whoever invents kinds cannot make it grow without end. */
export const REACTION_KINDS = 50;

/**
 * Port of a storage for messages. No call blocks the event loop. A call that fails, or that comes while the storage is
 * not open, rejects with a `StorageError`; every call may be repeated then.
 *
 * Texts come back exactly as they were given, whatever characters they have. Ids, conversations, kinds of reactions and
 * whoever reacts have at most 800 bytes in UTF-8. A call with a longer one, or with a value that its type does not allow,
 * rejects with the problem 'invalid', and does nothing.
 *
 * `prune` deletes messages by `sentAt`, then by `id`, and their reactions with them. Their positions are not given again.
 */
export interface MessageStore extends Retained {
  /**
   * Appends these messages to their conversations, in this order, or none when it rejects. A message whose id is there
   * already stays as it is.
   *
   * Whoever saves at the same time: a message that can be read is behind all those of its conversation that could be
   * read before, so who asks for what is `after` a message misses none.
   */
  save(messages: readonly NewMessage[]): Promise<void>;
  find(id: string): Promise<StoredMessage | undefined>;
  /** undefined: `before` or `after` is no message of the conversation, or was deleted by age. */
  list(query: MessageQuery): Promise<MessagePage | undefined>;
  /** Replaces the text. @returns the message as it is now; undefined: there is none, or it was deleted. */
  edit(id: string, text: string, editedAt: number): Promise<StoredMessage | undefined>;
  /**
   * Deletes the text and the reactions. One that was deleted already stays as it is.
   *
   * @returns the message as it is now; undefined: there is none.
   */
  remove(id: string, deletedAt: number): Promise<StoredMessage | undefined>;
  /**
   * Notes a reaction, or takes it back. Does nothing when it is so already, and when the kind would be one too many.
   *
   * @returns the reactions to the message as they are now; undefined: there is no message, or it was deleted.
   */
  react(reaction: Reaction): Promise<readonly ReactionCount[] | undefined>;
}
