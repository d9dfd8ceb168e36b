import { ProtocolError } from '../errors.ts';

/** A record, or a WebSocket message, longer than allowed. A ProtocolError of its own, since it has a close reason of its own. */
export class MessageTooLargeError extends ProtocolError {
  /** The option that says how long it may be. */
  readonly option: string;

  constructor(maximumBytes: number, option = 'maximumReceiveMessageBytes') {
    super(`The maximum message size of ${maximumBytes}B was exceeded. It is the hub's option ${option}.`);
    this.option = option;
  }
}
