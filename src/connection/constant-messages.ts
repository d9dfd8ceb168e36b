import { baseOf, type Codec } from '../protocol/codec.ts';
import { EncodedMessage } from '../protocol/encoded-message.ts';
import { HANDSHAKE_ACCEPTED } from '../protocol/handshake.ts';
import { MessageType } from '../protocol/messages.ts';

/**
 * A message with the same bytes for every connection. Those that get it in one turn share a frame, as with a broadcast.
 */
function constant(make: (codec: Codec) => EncodedMessage): (codec: Codec) => EncodedMessage {
  const made = new Map<Codec, EncodedMessage>();
  return (codec) => {
    const base = baseOf(codec);
    let message = made.get(base);
    if (message === undefined) {
      message = make(base);
      made.set(base, message);
    }
    return message;
  };
}

export const ping = constant((codec) => EncodedMessage.reply({ type: MessageType.Ping }, codec));

/** The response to a handshake, which is no hub message. */
export const handshakeAccepted = constant((codec) => EncodedMessage.raw(HANDSHAKE_ACCEPTED, codec));
