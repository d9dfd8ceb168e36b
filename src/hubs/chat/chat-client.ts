/** Sent with every message: an id for caches, and the time at which it was sent (ISO 8601, UTC). */
export interface MessageInfo {
  readonly cacheId: string;
  readonly sentAt: string;
}

/** Methods that the chat calls on its clients. */
export interface ChatClient {
  UserJoined(user: string): void;
  UserLeft(user: string): void;
  UserRenamed(from: string, to: string): void;
  UserTyping(user: string, on: boolean): void;
  ReceiveMessage(user: string, text: string, info: MessageInfo): void;
  ReceiveWhisper(from: string, text: string, info: MessageInfo): void;
}
