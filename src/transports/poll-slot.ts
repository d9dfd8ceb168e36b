/** One GET of a client that polls. It has one answer; `whenOver` hears when that has been taken, or its client is gone. */
export interface Poll {
  /** Bytes of the answer that the kernel has not taken. */
  readonly buffered: number;
  /** Grows as the kernel takes bytes of the answer. */
  readonly progress: number;
  whenOver(over: () => void): void;

  /** What there is for the client. */
  giveMail(frames: readonly Buffer[], bytes: number): void;
  /** Nothing came for a while: the client is to poll again. */
  giveNothing(): void;
  /** The connection is no more, or another poll has taken this one's place. */
  dismiss(): void;
  /** Too many at once. */
  refuse(): void;
  /** Ends it at once, also when its answer is on its way and the client does not take it. */
  cut(): void;
}

/** What happens to the polls of one connection. Who decides about it is `machines/long-poll.ts`, behind this port. */
export interface PollSlot {
  pollArrived(mailWaits: boolean): void;
  /** The poll that holds the slot is over: its answer has been taken, or its client has let go of it. */
  pollLeft(mailWaits: boolean): void;
  /** The same of the poll that waits behind it. */
  nextLeft(): void;
  /** There is something for the client. */
  mailArrived(): void;
  deadlinePassed(): void;
  /** The client asks for the end. */
  deleteRequested(): void;
  /** The last byte has been written. */
  finished(): void;
  terminated(): void;
}

/** What a poll slot's decisions do. */
export interface PollImplementations {
  readonly connectionId: string;
  /** Requests and buffers must not end up in a snapshot that somebody prints. */
  toJSON(): unknown;
  /** The poll that has arrived gets the slot, or stands behind the one that has it. */
  hold(): void;
  queue(): void;
  /** The poll that stands behind gets the slot. */
  promote(): void;

  /** Answers of the poll that has the slot. */
  greet(): void;
  giveMail(): void;
  giveNothing(): void;
  dismiss(): void;
  cut(): void;
  /** Of the poll that has arrived. */
  refuse(): void;

  /** By the deadline a poll must come, a message should, an answer must be taken, the client must have taken its leave. */
  awaitPoll(): void;
  awaitMail(): void;
  awaitTaking(): void;
  awaitLeave(): void;
  stopWaiting(): void;

  /** Nothing comes after it. */
  end(): void;
}

/** Makes the slot of one connection. */
export type OpenPollSlot = (implementations: PollImplementations) => PollSlot;
