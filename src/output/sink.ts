/** Port of an output to a file descriptor. Its methods never wait for a reader. */
export interface Sink {
  /**
   * Writes some of the bytes, and returns how many; a promise when that takes time.
   *
   * @throws what the operating system says, or rejects with it: EAGAIN when there is no room.
   */
  write(bytes: Buffer): number | Promise<number>;
  /** Writes what can be written without waiting, for the end of the process. Never throws. */
  writeLast(bytes: Buffer): void;
}
