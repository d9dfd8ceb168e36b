/** One GET of a client that polls. It gets one answer. */
export interface Poll {
  /** Bytes of the answer that the kernel has not taken. */
  readonly buffered: number;
  /** Grows as the kernel takes bytes of the answer. */
  readonly progress: number;
  /** @param over Called when the answer has been taken, or the client has closed the request. */
  whenOver(over: () => void): void;

  answerWithMessages(frames: readonly Buffer[], bytes: number): void;
  /** Nothing came for a while: the client is to poll again. */
  answerEmpty(): void;
  /** 204: the connection has ended, or another poll has taken the place of this one. */
  answerNoContent(): void;
  /** 409: too many polls at once. */
  refuse(): void;
  /** Ends it at once, also while its answer is on its way and the client does not take it. */
  terminate(): void;
}

/**
 * Port to the actor that decides about the polls of one connection (`machines/long-poll.ts`). One poll at a time is the
 * current one: it waits for messages, or is being answered. One more, the next poll, may wait behind it.
 */
export interface LongPollActor {
  pollArrived(poll: Poll, messagesWait: boolean): void;
  /** The current poll is over: its answer has been taken, or the client has closed the request. */
  pollLeft(messagesWait: boolean): void;
  /** The client has closed the request of the next poll. */
  nextLeft(): void;
  /** The first message since the current poll began to wait. */
  messageArrived(): void;
  deadlinePassed(): void;
  /** The client asks for the end of the connection. */
  deleteRequested(): void;
  /** The last byte has been written. */
  finished(): void;
  terminated(): void;
}

/** Implementations of the actions of `machines/long-poll.ts`. */
export interface PollImplementations {
  readonly connectionId: string;
  /** Keeps requests and buffers out of snapshots, which the inspector shows. */
  toJSON(): unknown;
  /** Makes a poll that has arrived the current one. */
  hold(poll: Poll): void;
  /** Makes a poll that has arrived the next one. */
  queue(poll: Poll): void;
  refuse(poll: Poll): void;
  /** Makes the next poll the current one. */
  promote(): void;

  // Answers of the current poll, if there is one.
  /** The first poll is answered at once and with nothing: it tells the client that the transport works. */
  answerFirst(): void;
  answerWithMessages(): void;
  answerEmpty(): void;
  answerNoContent(): void;
  terminatePoll(): void;

  // Deadlines: `deadlinePassed` is sent when one has passed.
  awaitPoll(): void;
  awaitMessage(): void;
  /** Limits the time in which the client takes an answer. */
  awaitAnswerTaken(): void;
  /** Limits the time in which the client polls for the last messages. */
  awaitLastPoll(): void;
  stopWaiting(): void;

  /** Ends the transport. Nothing comes after it. */
  end(): void;
}

/** Starts the actor of one connection. */
export type StartLongPollActor = (implementations: PollImplementations) => LongPollActor;
