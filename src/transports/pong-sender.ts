/** Number of pongs that may wait until the kernel takes them. */
const MAXIMUM_WAITING = 60;
/** A pong in one frame (RFC 6455, section 5.5.3). The payload of a control frame has 125 bytes at most. */
const FIN_PONG = 0x8a;

/**
 * Answers the pings of one WebSocket. While the client does not read, a limited number of pongs wait. Of the pings that
 * come then, only the latest is answered when there is room, as RFC 6455 allows (section 5.5.3).
 */
export class PongSender {
  readonly #write: (frame: Buffer, written: () => void) => void;
  #waiting = 0;
  /** Pong for the latest ping for which there was no room. */
  #latest: Buffer | undefined;

  /** @param write Calls `written` when the kernel has taken the frame. */
  constructor(write: (frame: Buffer, written: () => void) => void) {
    this.#write = write;
  }

  answer(payload: Buffer): void {
    const frame = pongOf(payload);
    if (this.#waiting >= MAXIMUM_WAITING) this.#latest = frame;
    else this.#send(frame);
  }

  #send(frame: Buffer): void {
    this.#waiting += 1;
    this.#write(frame, () => this.#written());
  }

  #written(): void {
    this.#waiting -= 1;
    const latest = this.#latest;
    this.#latest = undefined;
    if (latest !== undefined) this.#send(latest);
  }
}

/** A copy: the payload is a part of a chunk, which would be kept for as long as the pong waits. */
function pongOf(payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafeSlow(2 + payload.length);
  frame[0] = FIN_PONG;
  frame[1] = payload.length;
  frame.set(payload, 2);
  return frame;
}
