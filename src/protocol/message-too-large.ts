import { ProtocolError } from '../errors.ts';

/**
 * A record, or a WebSocket message, is longer than allowed. A class of its own, because it has its own close reason.
 */
export class MessageTooLargeError extends ProtocolError {
  /** Name of the option with the limit. */
  readonly option: string;

  constructor(maximumBytes: number, option = 'maximumReceiveMessageBytes') {
    super(`The maximum message size of ${maximumBytes}B was exceeded. It is the hub's option ${option}.`);
    this.option = option;
  }
}
