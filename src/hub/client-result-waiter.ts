/** Callbacks of a call that waits for client results. `suspend` throws where no call may wait for a client. */
export interface ClientResultWaiter {
  /** The call begins to wait. */
  suspend(): void;
  /** The call goes on. */
  resume(): void;
}
